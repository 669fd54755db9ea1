import type { ReportRequest } from './parse-request.ts';
import type { Report } from './report.ts';

const MAX_TIME_LENGTH = 10;

/** Such as `materials_2026-11-01_2026-11-22.xlsx`, or `素材_2026-11-01_2026-11-22.xlsx`. */
export function reportFilename(report: Report, request: ReportRequest): string {
  const { startTime, endTime, lang, format } = request;
  const title = lang === 'zh' ? report.title.zh : request.report;
  const [start, end] = [startTime, endTime].map((time) => time.slice(0, MAX_TIME_LENGTH));
  return `${title}_${start}_${end}.${format.toLowerCase()}`;
}
