import type { Ctx } from '../context.ts';
import type { ReportRequest } from '../export/parse-request.ts';
import type { WrittenTable } from '../export/render/table.ts';
import { renderReport } from '../export/render-report.ts';
import { requireReport } from '../export/require-report.ts';
import type { ReportSink } from '../export/write-report.ts';
import type { ProgressCounts } from './job-progress.ts';
import type { ExportJobRecord } from './record.ts';

/**
 * Writes the report that a job asks for.
 * @param counts are kept up to date.
 * @throws AppError of `requireReport`; what `sink` or the database throws; the signal's reason.
 */
export async function writeJobReport(
  ctx: Ctx,
  job: ExportJobRecord,
  counts: ProgressCounts,
  sink: ReportSink,
): Promise<WrittenTable> {
  const request = requestOf(job);
  const allowed = await requireReport(ctx, request);
  return await renderReport(ctx, request, allowed, sink, {
    onProgress: ({ rows, total, bytes }) => {
      counts.rowsDone = rows;
      counts.rowsTotal = total;
      counts.bytes = bytes;
    },
  });
}

function requestOf({ report, format, parameters }: ExportJobRecord): ReportRequest {
  return { ...parameters, report, format } as unknown as ReportRequest;
}
