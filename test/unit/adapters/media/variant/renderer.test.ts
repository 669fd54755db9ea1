import { afterEach, describe, expect, test } from 'bun:test';
import { type Recipe, Renderer } from '../../../../../src/adapters/media/index.ts';
import type { RendererOptions } from '../../../../../src/adapters/media/variant/renderer.ts';
import { isAlive } from '../../../../support/processes.ts';
import { until } from '../../../../support/temporary.ts';
import { outcome, quiet } from '../fixtures.ts';

const recipe: Recipe = {
  width: 10,
  height: null,
  fit: 'cover',
  focus: 'centre',
  format: 'png',
  quality: null,
  blur: null,
  rotate: 0,
  background: null,
};
const program = new URL('./odd-renderer.ts', import.meta.url);

const renderers: Renderer[] = [];
afterEach(async () => {
  for (const renderer of renderers.splice(0)) await renderer.close();
});

function open(options: Partial<RendererOptions> = {}): Renderer {
  const renderer = new Renderer({ maxImagePixels: 1000, log: quiet, processes: 1, program, ...options });
  renderers.push(renderer);
  return renderer;
}

async function run(renderer: Renderer, path: string, isWanted = () => true): Promise<string> {
  const result = await outcome(
    renderer.render({ source: { path }, recipe, target: '/nonexistent', isWanted }),
  );
  return typeof result === 'string' ? result : result.sha256;
}

const gone = (pid: number) => until('the process to be gone', () => !isAlive(pid) || undefined);

describe('decoders', () => {
  test('start with the first picture, and one does the next', async () => {
    const renderer = open();
    expect(renderer.pids).toEqual([]);
    const first = await run(renderer, 'pid');
    expect(await run(renderer, 'pid')).toBe(first);
    expect(renderer.pids).toEqual([Number(first)]);
  });

  test('know nothing of the server', async () => {
    expect((await run(open(), 'environment')).replace(/NODE_CHANNEL_\w+,?/g, '')).toBe('');
  });

  test('that are refused a picture go on with the next', async () => {
    const renderer = open();
    const pid = await run(renderer, 'pid');
    expect(await run(renderer, 'odd')).toBe('FILE_DAMAGED');
    expect(await run(renderer, 'fault')).toBe('INTERNAL_ERROR');
    expect(await run(renderer, 'pid')).toBe(pid);
  });

  test.each(['spin', 'hang'])(
    'that %s are really ended at the deadline, and cost that picture only',
    async (what) => {
      const renderer = open({ deadlineMs: 300 });
      const pid = Number(await run(renderer, 'pid'));
      expect(await run(renderer, what)).toBe('PROBE_TIMEOUT');
      await gone(pid);
      expect(await run(renderer, 'pid')).not.toBe(String(pid));
    },
  );

  test('that crash cost that picture only', async () => {
    const renderer = open();
    const pid = await run(renderer, 'pid');
    expect(await run(renderer, 'crash')).toBe('FILE_DAMAGED');
    expect(await run(renderer, 'pid')).not.toBe(pid);
  });

  test('that take too much memory are ended', async () => {
    const renderer = open();
    expect(await run(renderer, 'grow')).toBe('IMAGE_TOO_LARGE');
  });

  test('end when there is nothing to do', async () => {
    const renderer = open({ idleMs: 30 });
    const pid = Number(await run(renderer, 'pid'));
    await gone(pid);
    expect(renderer.pids).toEqual([]);
  });

  test('that cannot start are not put on the picture', async () => {
    const renderer = open({ program: new URL('./missing.ts', import.meta.url) });
    expect(await run(renderer, 'pid')).toBe('SERVICE_UNAVAILABLE');
  });

  test('are ended with the server', async () => {
    const renderer = open();
    const pid = Number(await run(renderer, 'pid'));
    const waiting = run(renderer, 'hang');
    await renderer.close();
    expect(await waiting).toBe('SERVICE_UNAVAILABLE');
    expect(isAlive(pid)).toBe(false);
    expect(await run(renderer, 'pid')).toBe('SERVICE_UNAVAILABLE');
  });
});

describe('the queue', () => {
  test('refuses what it has no place for, with a time to come again', async () => {
    const renderer = open({ maxWaiting: 1, deadlineMs: 500 });
    const running = run(renderer, 'hang');
    const waiting = run(renderer, 'pid');
    const refused = renderer.render({ source: { path: 'pid' }, recipe, target: '', isWanted: () => true });
    await expect(refused).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 5 });
    expect(await running).toBe('PROBE_TIMEOUT');
    expect(await waiting).toMatch(/^\d+$/);
  });

  test('passes over what nobody wants any more', async () => {
    const renderer = open({ deadlineMs: 300 });
    const running = run(renderer, 'hang');
    expect(await run(renderer, 'spin', () => false)).toBe('SERVICE_UNAVAILABLE');
    expect(await running).toBe('PROBE_TIMEOUT');
    expect(await run(renderer, 'pid')).toMatch(/^\d+$/);
  });
});
