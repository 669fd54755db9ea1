import type { Handler } from 'hono';
import { z } from 'zod';
import { openExport } from '../../services/export-job/open-export.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from './env.ts';
import { CONDITIONAL_HEADERS, fileAnswers, LINK_QUERY } from './file-definition.ts';
import { exportHead } from './file-headers.ts';
import { answerWithBytes, answerWithoutBytes, decideAnswer } from './file-response.ts';
import { REPORT_TYPES } from './report-response.ts';
import type { RestRoute } from './rest/route.ts';

export const exportJobDefinition = {
  method: 'GET',
  path: '/exports/jobs/:id',
  id: 'exportJobFile',
  tag: 'Exports',
  summary: 'The file of a report that was made in the background',
  description: 'For whoever asked for it, administrators, and whoever has a link.',
  caller: 'EVERYBODY_OR_USER',
  parameters: { id: z.uuid().describe('Of the job.') },
  query: z.object(LINK_QUERY),
  headers: CONDITIONAL_HEADERS,
  answers: fileAnswers(Object.values(REPORT_TYPES)),
  errors: [
    'LOGIN_REQUIRED',
    'PASSWORD_CHANGE_REQUIRED',
    'NOT_FOUND',
    'LINK_INVALID',
    'LINK_EXPIRED',
    'PRECONDITION_FAILED',
    'RANGE_NOT_SATISFIABLE',
  ],
} as const satisfies RestRoute;

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
