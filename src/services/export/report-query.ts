import type { Ctx } from '../context.ts';
import type { ReportRequest } from './parse-request.ts';
import type { ReportQuery } from './report.ts';
import type { AllowedReport } from './require-report.ts';

/** What the rows of an allowed report depend on. */
export function reportQuery(
  ctx: Pick<Ctx, 'db' | 'urls'>,
  { mallId, from, until, timeZone, filters }: ReportRequest,
  { viewer }: Pick<AllowedReport, 'viewer'>,
): ReportQuery {
  return {
    db: ctx.db,
    viewer,
    mallId,
    from: new Date(from),
    until: new Date(until),
    timeZone,
    filters,
    filesUrl: ctx.urls.files,
  };
}
