import type { Ctx } from '../context.ts';
import type { ReportRequest } from './parse-request.ts';
import { reportQuery } from './report-query.ts';
import { requireReport } from './require-report.ts';

/**
 * How many rows a report has now.
 * @throws AppError of `requireReport`
 */
export async function countReport(
  ctx: Pick<Ctx, 'db' | 'actor' | 'urls'>,
  request: ReportRequest,
): Promise<number> {
  const allowed = await requireReport(ctx, request);
  const [row] = await ctx.db.execute<{ count: string }>(
    allowed.report.count(reportQuery(ctx, request, allowed)),
  );
  return Number(row?.count);
}
