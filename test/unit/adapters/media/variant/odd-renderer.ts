/** A child program that does what its job's source says, however odd. */

import type {
  DecoderMessage,
  JobAnswer,
  NumberedJob,
} from '../../../../../src/adapters/media/decoder/take-jobs.ts';
import type { RenderJob } from '../../../../../src/adapters/media/variant/recipe.ts';

const held: Uint8Array[] = [];

process.on('message', ({ number, job: { source } }: NumberedJob<RenderJob>) => {
  const answer = (message: JobAnswer) => send({ ...message, number });
  switch (source) {
    case 'spin':
      for (;;);
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      break;
    case 'grow':
      for (;;) held.push(new Uint8Array(16 * 1024 * 1024).fill(1));
    case 'fault':
      answer({ type: 'fault', reason: 'the disk' });
      break;
    case 'pid':
      answer(rendered(String(process.pid)));
      break;
    case 'environment':
      answer(rendered(Object.keys(process.env).sort().join(',')));
      break;
    case 'hang':
      break;
    default:
      answer({ type: 'refused', code: 'FILE_DAMAGED', reason: source });
  }
});
process.on('disconnect', () => process.exit());
send({ type: 'ready' });

function send(message: DecoderMessage): void {
  process.send?.(message);
}

function rendered(sha256: string): JobAnswer {
  return { type: 'done', result: { mimeType: 'image/png', size: 1, sha256 } };
}
