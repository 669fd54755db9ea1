/** A child program that does what its job's source says, however odd. */

import type { DecoderAnswer } from '../../../../../src/adapters/media/decoder/take-jobs.ts';
import type { RenderJob } from '../../../../../src/adapters/media/variant/recipe.ts';

const held: Uint8Array[] = [];

process.on('message', ({ source }: RenderJob) => {
  switch (source) {
    case 'spin':
      for (;;);
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      break;
    case 'grow':
      for (;;) held.push(new Uint8Array(16 * 1024 * 1024).fill(1));
    case 'fault':
      send({ type: 'fault', reason: 'the disk' });
      break;
    case 'pid':
      send(rendered(String(process.pid)));
      break;
    case 'environment':
      send(rendered(Object.keys(process.env).sort().join(',')));
      break;
    case 'hang':
      break;
    default:
      send({ type: 'refused', code: 'FILE_DAMAGED', reason: source });
  }
});
process.on('disconnect', () => process.exit());
send({ type: 'ready' });

function send(answer: DecoderAnswer): void {
  process.send?.(answer);
}

function rendered(sha256: string): DecoderAnswer {
  return { type: 'done', result: { mimeType: 'image/png', size: 1, sha256 } };
}
