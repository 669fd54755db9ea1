import type { Handler } from 'hono';
import { openExport } from '../../services/export-job/open-export.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from './env.ts';
import { exportHead } from './file-headers.ts';
import { answerWithBytes, answerWithoutBytes, decideAnswer } from './file-response.ts';

/** `GET` and `HEAD /exports/jobs/:id`: the file of a report that was made in the background. */
export function exportJobRoute(watch: DownloadWatch): Handler<HttpEnv, '/exports/jobs/:id'> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    const { searchParams: query } = new URL(c.req.url);
    const file = await openExport(ctx, c.req.param('id'), query);
    const head = exportHead(file);
    const request = c.req.raw;
    const outcome = decideAnswer(request, file, head);
    if (outcome.kind !== 'bytes') {
      const caller = { language: requestLanguage(c), requestId: c.get('requestId') };
      return answerWithoutBytes(outcome.kind, file, head, caller);
    }
    const opened = await ctx.fileBytes.open(file);
    watch.watch(request, c.env.server);
    return await answerWithBytes(request, file, head, opened, outcome.ranges);
  };
}
