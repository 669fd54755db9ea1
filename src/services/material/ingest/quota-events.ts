import { and, eq, gt, sql } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { auditEvents, malls } from '../../../adapters/db/schema.ts';
import type { AuditEvent } from '../../audit/record-events.ts';
import { usedBytes } from '../../mall/record.ts';

/** Of the quota: who passes it is told while there is still room. */
const NEAR = 0.9;

/**
 * What an upload that takes a mall past 90 % of its quota leaves in the audit trail, at most once a day.
 * @param newBytes that this transaction has added.
 */
export async function quotaEvents(
  tx: Pick<Transaction, 'select'>,
  mallId: number | null,
  newBytes: number,
): Promise<AuditEvent[]> {
  if (mallId === null || newBytes === 0) return [];
  const toldToday = tx
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.mallId, malls.id),
        eq(auditEvents.action, 'quota.near'),
        gt(auditEvents.at, sql`now() - interval '1 day'`),
      ),
    );
  const line = sql`${malls.quotaBytes} * ${NEAR}::float8`;
  const [mall] = await tx
    .select({ name: malls.name, usedBytes, quotaBytes: malls.quotaBytes })
    .from(malls)
    .where(
      and(
        eq(malls.id, mallId),
        sql`${usedBytes} >= ${line} and ${usedBytes} - ${newBytes}::bigint < ${line}`,
        sql`not exists (${toldToday})`,
      ),
    )
    .prepare('quota_near')
    .execute();
  if (!mall) return [];
  const { name, quotaBytes } = mall;
  return [
    {
      action: 'quota.near',
      mallId,
      subjectId: mallId,
      subjectName: name,
      data: { usedBytes: mall.usedBytes, quotaBytes },
    },
  ];
}
