import { and, eq, isNull, sql } from 'drizzle-orm';
import { downloadTickets, type ExportFormat } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { loadActor } from '../account/load-actor.ts';
import type { Actor, Services } from '../context.ts';
import type { ReportRequest } from './parse-request.ts';

const TICKET = /^[A-Za-z0-9_-]{43}$/;
const RANDOM_BYTES = 32;
const USED = { en: 'It was good for one download.', zh: '该链接仅可下载一次' };

export interface Ticket {
  readonly tokenHash: string;
  readonly singleUse: boolean;
  /** Who made it, with the rights that they have now. */
  readonly maker: Actor;
  readonly request: ReportRequest;
}

/** The secret of a new link; only its hash is kept. */
export function makeTicket(): { readonly ticket: string; readonly tokenHash: string } {
  const ticket = Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString('base64url');
  return { ticket, tokenHash: hashOf(ticket) };
}

/**
 * What a link is good for; it is not used up by this.
 * @throws AppError LINK_INVALID (unknown, of another address, or its maker is disabled), LINK_EXPIRED (also: used)
 */
export async function findTicket(
  services: Pick<Services, 'db'>,
  ticket: string,
  { report, format }: { readonly report: string; readonly format: ExportFormat },
): Promise<Ticket> {
  if (!TICKET.test(ticket)) throw new AppError('LINK_INVALID');
  const tokenHash = hashOf(ticket);
  const [row] = await services.db
    .select()
    .from(downloadTickets)
    .where(eq(downloadTickets.tokenHash, tokenHash));
  if (!row || row.report !== report || row.format !== format || row.jobId !== null) {
    throw new AppError('LINK_INVALID');
  }
  if (row.expiresAt.getTime() <= Date.now()) throw new AppError('LINK_EXPIRED');
  if (row.singleUse && row.usedAt) throw new AppError('LINK_EXPIRED', { detail: USED });
  const maker = await loadActor(services, row.userId, row.tokenId);
  if (!maker) throw new AppError('LINK_INVALID');
  const request = { ...row.parameters, report, format } as unknown as ReportRequest;
  return { tokenHash, singleUse: row.singleUse, maker, request };
}

/**
 * Uses a link: of one for a single use, one request gets through, on whatever instance.
 * @throws AppError LINK_EXPIRED
 */
export async function useTicket(services: Pick<Services, 'db'>, ticket: Ticket): Promise<void> {
  if (!ticket.singleUse) return;
  const used = await services.db
    .update(downloadTickets)
    .set({ usedAt: sql`now()` })
    .where(and(eq(downloadTickets.tokenHash, ticket.tokenHash), isNull(downloadTickets.usedAt)))
    .returning({ tokenHash: downloadTickets.tokenHash });
  if (used.length === 0) throw new AppError('LINK_EXPIRED', { detail: USED });
}

/** Takes the use back: nothing was sent. */
export async function returnTicket(services: Pick<Services, 'db'>, ticket: Ticket): Promise<void> {
  if (!ticket.singleUse) return;
  await services.db
    .update(downloadTickets)
    .set({ usedAt: null })
    .where(eq(downloadTickets.tokenHash, ticket.tokenHash));
}

function hashOf(ticket: string): string {
  return new Bun.CryptoHasher('sha256').update(ticket).digest('hex');
}
