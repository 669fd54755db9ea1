import type { Context } from 'hono';
import type { ExportFormat } from '../../adapters/db/schema.ts';
import { attachment } from '../../lib/file-disposition.ts';
import type { Ctx } from '../../services/context.ts';
import type { ReportFilename } from '../../services/export/filename.ts';
import { type OpenedReport, openReport } from '../../services/export/open-report.ts';
import type { ReportRequest } from '../../services/export/parse-request.ts';
import type { DownloadWatch } from './download-watch.ts';
import { type HttpEnv, withoutIdleTimeout } from './env.ts';

/** Read at once for a client. */
const PIECE_BYTES = 256 * 1024;
export const REPORT_TYPES = {
  XLSX: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  CSV: 'text/csv; charset=utf-8',
} as const satisfies Record<ExportFormat, string>;

export function reportHeaders(
  { name, plainName }: ReportFilename,
  format: ExportFormat,
): Record<string, string> {
  return {
    'Content-Type': REPORT_TYPES[format],
    'Content-Disposition': attachment(name, plainName),
    'Cache-Control': 'private, no-store',
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'none',
  };
}

/**
 * A report as an attachment, once its first bytes are there. When it fails later the connection is reset: the client
 * never takes a part for the whole.
 * @throws what `openReport` throws
 */
export async function reportResponse(
  c: Context<HttpEnv>,
  ctx: Ctx,
  request: ReportRequest,
  watch: DownloadWatch,
): Promise<Response> {
  withoutIdleTimeout(c);
  const report = await openReport(ctx, request);
  const headers = new Headers(reportHeaders(report.filename, request.format));
  if (report.size !== undefined) headers.set('Content-Length', String(report.size));
  return new Response(bodyOf(c, ctx, report, watch), { headers });
}

function bodyOf(
  c: Context<HttpEnv>,
  { log, signal, requestId }: Ctx,
  report: OpenedReport,
  watch: DownloadWatch,
): ReadableStream<Uint8Array> {
  let position = 0;
  const close = async () => {
    signal.removeEventListener('abort', leave);
    await report.close();
  };
  // A client that has left while the report was still being made is not told of by the stream.
  const leave = () => void close().catch((error: unknown) => log.warn({ err: error }, 'a report stays'));
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // Nobody waits for the client while there is nothing to send.
          if (!report.has(position)) withoutIdleTimeout(c);
          const piece = await report.read(position, PIECE_BYTES);
          if (piece) {
            position += piece.byteLength;
            watch.watch(c.req.raw, c.env.server);
            controller.enqueue(piece);
            return;
          }
          await close();
          controller.close();
        } catch (error) {
          if (!signal.aborted) log.error({ requestId, err: error }, 'a report failed while it was sent');
          await close();
          controller.error(error);
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
