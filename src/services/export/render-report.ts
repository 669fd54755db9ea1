import { AppError } from '../../errors.ts';
import type { ReportRequest } from './parse-request.ts';
import type { AllowedReport } from './require-report.ts';
import type { ExportCtx, ReportFacts, ReportProgress, ReportSink } from './write-report.ts';

/** Writes the rows that the viewer may see as a workbook or a CSV. */
export async function renderReport(
  _ctx: ExportCtx,
  _request: ReportRequest,
  _allowed: AllowedReport,
  _sink: ReportSink,
  _onProgress: ((progress: ReportProgress) => void) | undefined,
): Promise<ReportFacts> {
  throw new AppError('SERVICE_UNAVAILABLE');
}
