import { and, isNull, lt, ne, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Database } from '../../adapters/db/open.ts';
import {
  apiTokens,
  auditEvents,
  downloadTickets,
  imageFetches,
  quotaReservations,
  rateLimits,
  sessions,
  webhookDeliveries,
} from '../../adapters/db/schema.ts';
import type { SweepOptions } from './sweep.ts';

/** Numbers of rows. */
export interface ExpiredRows {
  readonly sessions: number;
  /** That ended a month ago or more: until then their owners see why a script has failed. */
  readonly apiTokens: number;
  readonly quotaReservations: number;
  readonly rateLimits: number;
  /** Of the audit trail. */
  readonly auditEvents: number;
  /** What webhooks were told, or waited for a month to be told. */
  readonly webhookDeliveries: number;
  /** Fetches of which nothing is left, after some 400 days: reports of a year and a month are whole. */
  readonly imageFetches: number;
  readonly exportLinks: number;
}

/** Removes rows whose time is over. */
export async function removeExpiredRows(
  db: Database,
  { dryRun, auditDays }: Pick<SweepOptions, 'dryRun' | 'auditDays'>,
): Promise<ExpiredRows> {
  const remove = async (table: PgTable, condition: SQL) => {
    if (dryRun) return await db.$count(table, condition);
    return (await db.delete(table).where(condition)).count;
  };
  return {
    sessions: await remove(sessions, lt(sessions.expiresAt, sql`now()`)),
    apiTokens: await remove(apiTokens, lt(apiTokens.expiresAt, sql`now() - interval '30 days'`)),
    quotaReservations: await remove(quotaReservations, lt(quotaReservations.expiresAt, sql`now()`)),
    rateLimits: await remove(rateLimits, lt(rateLimits.expire, sql`now()`)),
    auditEvents:
      auditDays === 0
        ? 0
        : await remove(auditEvents, lt(auditEvents.at, sql`now() - make_interval(days => ${auditDays})`)),
    webhookDeliveries: await remove(
      webhookDeliveries,
      lt(webhookDeliveries.createdAt, sql`now() - interval '30 days'`),
    ),
    imageFetches: await remove(imageFetches, oldFetch),
    exportLinks: await remove(downloadTickets, lt(downloadTickets.expiresAt, sql`now()`)),
  };
}

/** What became of it shows where it came from for as long as it is there. */
const oldFetch =
  and(
    ne(imageFetches.state, 'RUNNING'),
    isNull(imageFetches.materialId),
    lt(imageFetches.startedAt, sql`now() - interval '400 days'`),
  ) ?? sql`false`;
