import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { findReport, reportNames } from './find-report.ts';
import type { Report } from './report.ts';

export interface NamedReport extends Report {
  readonly name: string;
}

/**
 * Every report, whoever asks; of which malls depends on who.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN
 */
export async function listReports(ctx: Ctx): Promise<NamedReport[]> {
  requireActor(ctx);
  const reports: NamedReport[] = [];
  for (const name of await reportNames()) {
    const report = await findReport(name);
    if (report) reports.push({ ...report, name });
  }
  return reports;
}
