import { describe, expect, test } from 'bun:test';
import { getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hasProc } from '../../../support/processes.ts';
import { missing } from '../../../support/services.ts';

const module = fileURLToPath(new URL('../../../../src/adapters/media/decoder/step-back.ts', import.meta.url));

describe.skipIf(missing('/proc', hasProc))('a process that steps back', () => {
  // The server itself may run behind other programs, and only root may go back before them.
  test.each([
    [
      'is the first to go when memory runs out, and no nearer than its server',
      0,
      Math.min(getPriority() + 5, 19),
    ],
    ['goes behind its server', 19, 19],
  ])('%s', (_, niceness, expected) => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { getPriority } from 'node:os';
      import { stepBack } from ${JSON.stringify(module)};
      stepBack(${niceness});
      console.log(getPriority(), Number(readFileSync('/proc/self/oom_score_adj', 'utf8')));`;
    const { stdout } = Bun.spawnSync(['nice', '-n', '5', process.execPath, '-e', script], {
      stderr: 'inherit',
    });
    expect(String(stdout)).toBe(`${expected} 1000\n`);
  });
});
