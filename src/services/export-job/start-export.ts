import type { Ctx } from '../context.ts';
import { parseReportRequest, type ReportInput } from '../export/parse-request.ts';
import { requireReport } from '../export/require-report.ts';
import { queueExport } from './queue-export.ts';
import type { ExportJobRecord } from './record.ts';

/**
 * Has a report made in the background, with the rights that the actor has when it is made.
 * @throws AppError of `parseReportRequest`, `requireReport` and `queueExport`
 */
export async function startExport(ctx: Ctx, input: ReportInput): Promise<ExportJobRecord> {
  const request = await parseReportRequest(ctx, input);
  const { viewer } = await requireReport(ctx, request);
  const { report, format, ...parameters } = request;
  return await queueExport(ctx, viewer, { report, format, parameters });
}
