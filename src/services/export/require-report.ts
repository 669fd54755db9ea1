import { AppError } from '../../errors.ts';
import { requireActor, requireMall } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { findReport } from './find-report.ts';
import type { ReportRequest } from './parse-request.ts';
import type { Report } from './report.ts';

/** Whoever runs commands on the server sees everything. */
const OPERATOR: Actor = { userId: 0, username: '', role: 'ADMIN', mustChangePassword: false };

export interface AllowedReport {
  readonly report: Report;
  /** Whose rights narrow its rows. */
  readonly viewer: Actor;
}

/**
 * The report, for somebody who may have it: of the mall that it names, else of all that they may see.
 * @param ctx without an actor where `operator` is set.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND (the report, the mall)
 */
export async function requireReport(
  ctx: Pick<Ctx, 'db' | 'actor'>,
  { report: name, mallId }: Pick<ReportRequest, 'report' | 'mallId'>,
  { operator = false }: { readonly operator?: boolean } = {},
): Promise<AllowedReport> {
  const report = await findReport(name);
  if (!report) throw new AppError('NOT_FOUND');
  const asking = operator ? { ...ctx, actor: OPERATOR } : ctx;
  const viewer =
    mallId === null
      ? requireActor(asking, report.action === 'manage' ? 'MANAGE' : 'READ')
      : await requireMall(asking, mallId, report.action);
  return { report, viewer };
}
