import { eq } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { users } from '../../adapters/db/schema.ts';
import { type AuditSource, recordEvents } from '../audit/record-events.ts';
import { userEvents } from '../audit/user-events.ts';
import type { Services } from '../context.ts';
import type { UserRecord } from './get-me.ts';

/** What ending sessions takes. */
export type SessionServices = Pick<Services, 'db' | 'sessions' | 'events' | 'log'> & AuditSource;

export type DatabaseTransaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** Topic of the messages that sessions of a user have ended: `{ userId }`. */
export const SESSIONS_ENDED = 'sessions-ended';

/**
 * Changes a user's rights and ends all their sessions, both or neither, and tells the audit trail what is other in the
 * row. The row stays locked until the sessions are gone, and a login looks at it once its session is kept
 * (`Login.confirm`): no login slips in between.
 * @param change writes the row that it is given, and returns it as written; undefined: nothing was to be changed.
 * @returns undefined when there is no such user, or nothing was to be changed; sessions stay then.
 * @throws AppError SERVICE_UNAVAILABLE while sessions cannot be ended; nothing is changed then.
 */
export async function changeRights(
  ctx: SessionServices,
  userId: number,
  change: (tx: DatabaseTransaction, user: UserRecord) => Promise<UserRecord | undefined>,
): Promise<UserRecord | undefined> {
  const changed = await ctx.db.transaction(async (tx) => {
    // No stronger lock: two administrators who change each other also point at each other in the audit trail.
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('no key update');
    if (!user) return undefined;
    const written = await change(tx, user);
    if (!written) return undefined;
    await recordEvents(tx, ctx, userEvents(ctx, user, written));
    await ctx.sessions.removeAll(userId, tx);
    return written;
  });
  if (changed) await announceEnd(ctx, userId);
  return changed;
}

/** Tells subscriptions everywhere; without the message they find out by themselves some seconds later. */
export async function announceEnd(services: Pick<Services, 'events' | 'log'>, userId: number): Promise<void> {
  await services.events.publish(SESSIONS_ENDED, { userId }).catch((error: unknown) => {
    services.log.warn({ err: error }, 'other instances were not told that sessions ended');
  });
}
