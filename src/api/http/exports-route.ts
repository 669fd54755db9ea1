import type { Context, Handler, MiddlewareHandler } from 'hono';
import type { ExportFormat } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../../services/context.ts';
import { reportFilename } from '../../services/export/filename.ts';
import { parseReportRequest, type ReportRequest } from '../../services/export/parse-request.ts';
import { requireReport } from '../../services/export/require-report.ts';
import { findTicket, returnTicket, useTicket } from '../../services/export/tickets.ts';
import { ANY_ORIGIN } from './cors.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from './env.ts';
import { reportHeaders, reportResponse } from './report-response.ts';

const FILE = /^([a-z][a-z0-9-]*)\.(xlsx|csv)$/;
const TICKET = 'ticket';
/** Programs that look at a link before somebody opens it, to show what it is. */
const PREVIEWER =
  /bot\b|crawler|spider|preview|facebookexternalhit|slack|skype|whatsapp|telegram|discord|embedly|vkshare/i;

/** `GET` and `HEAD /exports/<report>.xlsx|.csv?ticket=…`: a link, which needs no session; else the next handler answers. */
export function exportLinkRoute(watch: DownloadWatch): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const query = new URL(c.req.url).searchParams;
    if (!query.has(TICKET)) return await next();
    for (const [name, value] of Object.entries(ANY_ORIGIN)) c.header(name, value);
    if (query.size > 1) throw new AppError('LINK_INVALID');
    const file = parseFile(c);
    const visitor = createCtx(c, null);
    const ticket = await findTicket(visitor, query.get(TICKET) ?? '', file);
    c.set('actor', ticket.maker);
    const ctx = { ...visitor, actor: ticket.maker };
    if (c.req.method === 'HEAD') return await headOf(ctx, ticket.request);
    if (isPreview(c.req.raw))
      return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });
    await useTicket(ctx, ticket);
    try {
      const response = await reportResponse(c, ctx, ticket.request, watch);
      for (const [name, value] of Object.entries(ANY_ORIGIN)) response.headers.set(name, value);
      return response;
    } catch (error) {
      await returnTicket(ctx, ticket);
      throw error;
    }
  };
}

/** `GET` and `HEAD /exports/<report>.xlsx|.csv?startTime=&endTime=…` with a session or an API token. */
export function exportsRoute(watch: DownloadWatch): Handler<HttpEnv> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    const values = single(new URL(c.req.url).searchParams);
    const request = await parseReportRequest(ctx, { ...parseFile(c), values, language: requestLanguage(c) });
    if (c.req.method === 'HEAD') return await headOf(ctx, request);
    return await reportResponse(c, ctx, request, watch);
  };
}

/** @throws AppError NOT_FOUND */
function parseFile(c: Context<HttpEnv>): { readonly report: string; readonly format: ExportFormat } {
  const [, report, extension] = FILE.exec(c.req.param('file') ?? '') ?? [];
  if (report === undefined) throw new AppError('NOT_FOUND');
  return { report, format: extension === 'csv' ? 'CSV' : 'XLSX' };
}

/** @throws AppError PARAMS_INVALID for a parameter that is there twice. */
function single(query: URLSearchParams): Record<string, string> {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) {
      const shown = JSON.stringify(name.slice(0, 100));
      throw new AppError('PARAMS_INVALID', {
        detail: { en: `${shown} is there twice.`, zh: `${shown} 重复` },
      });
    }
  }
  return Object.fromEntries(query);
}

async function headOf(ctx: Ctx, request: ReportRequest): Promise<Response> {
  const { report } = await requireReport(ctx, request);
  return new Response(null, { headers: reportHeaders(reportFilename(report, request), request.format) });
}

/** Whether nobody has opened the address yet: a browser fetches ahead, or a messenger shows what a link leads to. */
function isPreview({ headers }: Request): boolean {
  const purpose = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map((name) => headers.get(name) ?? '');
  return (
    /prefetch|preview|prerender/i.test(purpose.join()) || PREVIEWER.test(headers.get('user-agent') ?? '')
  );
}
