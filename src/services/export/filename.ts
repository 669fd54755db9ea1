import type { ReportRequest } from './parse-request.ts';
import type { Report } from './report.ts';

/** Of a time, the day. */
const MAX_TIME_LENGTH = 10;

/** The name of a report's file, and the same in ASCII for old clients. */
export interface ReportFilename {
  readonly name: string;
  readonly plainName: string;
}

/** `materials_2026-11-01_2026-11-22.xlsx`, or `素材_2026-11-01_2026-11-22.xlsx` in Chinese. */
export function reportFilename(report: Report, request: ReportRequest): ReportFilename {
  const { startTime, endTime, lang, format } = request;
  const [start, end] = [startTime, endTime].map((time) => time.slice(0, MAX_TIME_LENGTH));
  const rest = `_${start}_${end}.${format.toLowerCase()}`;
  const plainName = `${request.report}${rest}`;
  return { name: lang === 'zh' ? `${report.title.zh}${rest}` : plainName, plainName };
}
