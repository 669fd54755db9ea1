import type { AuditSource } from '../audit/record-events.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import type { ReportRequest } from './parse-request.ts';
import type { TableProgress, WrittenTable } from './render/table.ts';
import { renderReport } from './render-report.ts';
import { requireReport } from './require-report.ts';

/** What an export needs of a request's context; a job and a command have as much. */
export type ExportCtx = Pick<Ctx, 'db' | 'databaseAddress' | 'urls' | 'actor' | 'signal'> &
  Partial<Pick<Ctx, 'variants'>> &
  Omit<AuditSource, 'actor'>;

/** Takes the bytes of a report; what comes next waits for the promise. */
export type ReportSink = (chunk: Uint8Array) => Promise<void> | void;

export interface WriteReportOptions {
  readonly onProgress?: (progress: TableProgress) => void;
  /** Whether the progress tells of how many rows, which are counted first; it does by default. */
  readonly withTotal?: boolean;
  /** Of a command on the server, which sees everything and has no actor. */
  readonly operator?: boolean;
}

/**
 * Writes a report whole, from one snapshot of the database, as fast as the sink takes it: while it runs it holds a
 * transaction, so a sink must not wait for a client. What was written is worthless unless it resolves.
 * @throws AppError of `requireReport`; PARAMS_INVALID (too many rows for pictures); what the sink or the database
 * throws; the signal's reason.
 */
export async function writeReport(
  ctx: ExportCtx,
  request: ReportRequest,
  sink: ReportSink,
  { operator = false, ...options }: WriteReportOptions = {},
): Promise<WrittenTable> {
  const allowed = await requireReport(ctx, request, { operator });
  const facts = await renderReport(ctx, request, allowed, sink, options);
  ctx.signal.throwIfAborted();
  const { report, format, mallId, startTime, endTime, timeZone, filters } = request;
  await recordEvents(ctx.db, ctx, [
    {
      action: 'export.finished',
      mallId,
      subjectId: report,
      data: { format, startTime, endTime, timeZone, filters, ...facts },
    },
  ]);
  return facts;
}
