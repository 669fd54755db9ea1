import { downloadTickets } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import type { Link } from '../link/create-download-link.ts';
import { parseReportRequest, type ReportInput } from './parse-request.ts';
import { requireReport } from './require-report.ts';
import { makeTicket } from './tickets.ts';

export interface ExportLinkInput extends ReportInput {
  /** By default an hour. */
  readonly expiresInSeconds?: number | null | undefined;
  /** Whether it is good for one download only. */
  readonly singleUse?: boolean | null | undefined;
}

const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 7 * 24 * 3600;

/**
 * An address at which anybody gets a report without a login, made when it is asked for, with what the actor may see
 * then.
 * @throws AppError of `parseReportRequest` and `requireReport`; PARAMS_INVALID (time)
 */
export async function createExportLink(ctx: Ctx, input: ExportLinkInput): Promise<Link> {
  const seconds = input.expiresInSeconds ?? DEFAULT_SECONDS;
  if (seconds < 1 || seconds > MAX_SECONDS) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `expiresInSeconds must be from 1 to ${MAX_SECONDS}.`,
        zh: `expiresInSeconds 须为 1 到 ${MAX_SECONDS}`,
      },
    });
  }
  const request = await parseReportRequest(ctx, input);
  const { viewer: actor } = await requireReport(ctx, request);
  const { ticket, tokenHash } = makeTicket();
  const expiresAt = new Date(Date.now() + seconds * 1000);
  const singleUse = input.singleUse ?? false;
  const { report, format, mallId, ...parameters } = request;
  await ctx.db.transaction(async (tx) => {
    await tx.insert(downloadTickets).values({
      tokenHash,
      userId: actor.userId,
      tokenId: actor.token?.id ?? null,
      report,
      format,
      parameters: { mallId, ...parameters },
      singleUse,
      expiresAt,
    });
    await recordEvents(tx, ctx, [
      {
        action: 'export.link-created',
        mallId,
        subjectId: report,
        data: { format, ...parameters, singleUse, expiresAt: expiresAt.toISOString() },
      },
    ]);
  });
  const url = `${ctx.urls.public}/exports/${report}.${format.toLowerCase()}?ticket=${ticket}`;
  return { url, expiresAt };
}
