/** Entry of a child process: takes one {@link RenderJob} at a time and answers each with a {@link RenderAnswer}. */
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { AppError, type ErrorCode } from '../../../errors.ts';
import type { Rendered, RenderJob } from './recipe.ts';
import { renderPicture } from './render.ts';

/** `ready` once, when jobs can be taken; then one answer a job. A `fault` is the server's, not the picture's. */
export type RenderAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'rendered'; readonly rendered: Rendered }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string };

/** Everything else that the server does goes before decoding. */
const NICENESS = 5;

stepBack();
process.on('message', (job: RenderJob) => {
  renderPicture(job).then((rendered) => send({ type: 'rendered', rendered }), refuse);
});
// The server has ended, however that was.
process.on('disconnect', () => process.exit());
send({ type: 'ready' });

function send(answer: RenderAnswer): void {
  process.send?.(answer);
}

function refuse(error: unknown): void {
  const reason = String(error instanceof Error ? (error.cause ?? error) : error);
  send(error instanceof AppError ? { type: 'refused', code: error.code, reason } : { type: 'fault', reason });
}

/** When memory runs out it is this process that goes. */
function stepBack(): void {
  try {
    setPriority(NICENESS);
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not on every system.
  }
}
