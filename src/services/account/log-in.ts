import { and, eq, isNull, sql } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { addressGroup } from '../../lib/client-address.ts';
import { recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
import type { Actor, Ctx } from '../context.ts';
import type { UserRecord } from './get-me.ts';
import { hashPassword, isLegacyHash, verifyPassword, withPasswordSlot } from './passwords.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Somebody who may begin a session. */
export interface Login {
  readonly actor: Actor;
  /**
   * To be asked when the session is kept: waits for a change of the user's rights that is under way, and tells the
   * audit trail.
   * @throws AppError INVALID_CREDENTIALS when they have changed since the password was compared.
   */
  confirm(): Promise<void>;
}

/**
 * Finds who logs in; starting the session is up to the transport. Failures are counted for the user name and for the
 * address, each time this runs.
 * @throws AppError INVALID_CREDENTIALS, with the same text and after the same time whatever is wrong; RATE_LIMITED;
 * SERVICE_UNAVAILABLE.
 */
export async function logIn(ctx: Ctx, input: Credentials): Promise<Login> {
  // PostgreSQL's text cannot hold NUL, so nobody is called that.
  const username = input.username.includes('\0') ? '' : input.username.slice(0, 200);
  const user = await withPasswordSlot(ctx.passwords, async () => {
    // Inside the slot: what is counted in advance is never more than what is compared at once.
    const giveBack = await takeTry(ctx, username);
    const [found] = await ctx.db
      .select()
      .from(users)
      .where(eq(sql`lower(${users.username})`, sql`lower(${username})`));
    const usable = found?.disabledAt === null ? found : undefined;
    const matches = await verifyPassword({
      password: input.password,
      hash: usable?.passwordHash,
      legacy: ctx.passwordLegacy,
    });
    if (!usable || !matches) {
      const { address, requestId } = ctx;
      ctx.loginFailures.add({ user: found, source: { address, requestId } });
      throw new AppError('INVALID_CREDENTIALS');
    }
    await giveBack();
    return usable;
  });
  const upgraded = isLegacyHash(user.passwordHash) ? await upgrade(ctx, user, input.password) : user;
  return loginOf(ctx, upgraded, { isRecorded: true });
}

/**
 * The login of a user whose row was just read or written.
 * @param isRecorded whether the audit trail is to tell it.
 */
export function loginOf(ctx: Ctx, user: UserRecord, { isRecorded }: { readonly isRecorded: boolean }): Login {
  const { id, username, role, mustChangePassword, passwordHash } = user;
  const actor = { userId: id, username, role, mustChangePassword };
  return {
    actor,
    async confirm() {
      await ctx.db.transaction(async (tx) => {
        const [same] = await tx
          .select({ id: users.id })
          .from(users)
          .where(
            and(
              eq(users.id, id),
              isNull(users.disabledAt),
              eq(users.passwordHash, passwordHash),
              eq(users.role, role),
            ),
          )
          .for('share');
        if (!same) throw new AppError('INVALID_CREDENTIALS');
        if (isRecorded) await recordEvents(tx, { ...ctx, actor }, [userSubject('user.logged-in', user)]);
      });
    },
  };
}

/** Takes a try of the account and of the address. @returns what gives them back after a success. */
async function takeTry(ctx: Ctx, username: string): Promise<() => Promise<void>> {
  const { account, address } = ctx.loginLimits;
  // A hash: names are as long as their senders like.
  const name = new Bun.CryptoHasher('sha256').update(username.toLowerCase()).digest('hex').slice(0, 32);
  const group = addressGroup(ctx.address);
  const waits = await Promise.all([account.take(name), address.take(group)]);
  const retryAfter = Math.max(...waits);
  if (retryAfter > 0) throw new AppError('RATE_LIMITED', { retryAfter });
  return async () => {
    await Promise.all([account.giveBack(name), address.giveBack(group)]);
  };
}

/** The password has proved right: from now on it is kept as a hash of its own. */
async function upgrade(ctx: Ctx, user: UserRecord, password: string): Promise<UserRecord> {
  const passwordHash = await hashPassword(ctx.passwords, password);
  const [upgraded] = await ctx.db
    .update(users)
    .set({ passwordHash })
    .where(and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash)))
    .returning();
  // Somebody else changed it meanwhile: `confirm` decides.
  return upgraded ?? user;
}
