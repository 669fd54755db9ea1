import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { getExportJob } from './get-export-job.ts';
import { type ExportJobRecord, exportTopic, isFinished, stateOf } from './record.ts';

/**
 * A job as it is now, and again whenever it has changed; what changes while nobody takes it is told at once. It ends
 * with the job, when the client leaves or when the server stops.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND
 */
export async function watchExport(ctx: Ctx, id: string): Promise<AsyncIterable<ExportJobRecord>> {
  await mustSeeJob(ctx, id);
  const stop = AbortSignal.any([ctx.signal, ctx.closing]);
  let news = Promise.withResolvers<void>();
  const tell = () => news.resolve();
  const enders = [ctx.events.subscribe(exportTopic(id), tell), ctx.events.onGap(tell)];
  stop.addEventListener('abort', tell, { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (!stop.aborted) {
          news = Promise.withResolvers();
          const job = await getExportJob(ctx, id);
          if (!job) return;
          yield job;
          if (isFinished(stateOf(job))) return;
          await news.promise;
        }
      } finally {
        for (const end of enders) end();
        stop.removeEventListener('abort', tell);
      }
    },
  };
}

/** @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND */
export async function mustSeeJob(ctx: Ctx, id: string): Promise<void> {
  if (!(await getExportJob(ctx, id))) throw new AppError('NOT_FOUND');
}
