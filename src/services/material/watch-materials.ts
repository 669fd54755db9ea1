import { AsyncQueue } from '../../lib/async-queue.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MaterialChange, materialsTopic } from './changes.ts';

/** Changes that may wait for a slow reader; beyond, the stream ends and the reader may begin anew. */
const MAX_WAITING = 1000;

/**
 * The changes of a mall's materials, of all instances, from its first element on, which is `REFRESH`. It ends when the
 * client leaves or the server stops.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function watchMaterials(ctx: Ctx, mallId: number): Promise<AsyncIterable<MaterialChange>> {
  await requireMall(ctx, mallId, 'read');
  const queue = new AsyncQueue<MaterialChange>(MAX_WAITING);
  const refresh = () => queue.push({ action: 'REFRESH', ids: [] });
  const enders = [
    ctx.events.subscribe(materialsTopic(mallId), (payload) => queue.push(payload as MaterialChange)),
    ctx.events.onGap(refresh),
  ];
  if (ctx.events.connected) refresh();
  const close = () => queue.close();
  for (const signal of [ctx.signal, ctx.closing]) {
    if (signal.aborted) close();
    signal.addEventListener('abort', close, { once: true });
  }
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* queue;
      } finally {
        for (const end of enders) end();
        ctx.closing.removeEventListener('abort', close);
      }
    },
  };
}
