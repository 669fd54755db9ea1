/** A child program that notes each job beside its source, waits until it may go on, and copies the source. */
import { appendFileSync, copyFileSync, existsSync } from 'node:fs';
import type { DecoderMessage, NumberedJob } from '../../../../../src/adapters/media/decoder/take-jobs.ts';
import type { RenderJob } from '../../../../../src/adapters/media/variant/recipe.ts';

process.on('message', async ({ number, job }: NumberedJob<RenderJob>) => {
  const { source, target } = job;
  appendFileSync(`${source}.jobs`, 'job\n');
  while (existsSync(`${source}.wait`)) await Bun.sleep(5);
  copyFileSync(source, target);
  const { size } = Bun.file(source);
  const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(source).bytes()).digest('hex');
  send({ type: 'done', number, result: { mimeType: 'image/png', size, sha256 } });
});
process.on('disconnect', () => process.exit());
send({ type: 'ready' });

function send(message: DecoderMessage): void {
  process.send?.(message);
}
