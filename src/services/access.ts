import { and, eq } from 'drizzle-orm';
import { type MallRole, malls, memberships } from '../adapters/db/schema.ts';
import { AppError } from '../errors.ts';
import type { Actor, Ctx } from './context.ts';

/** What somebody wants to do in a mall. */
type MallAction = 'read' | 'write';

/** Of PostgreSQL's integer, which a mall's id is. */
const MAX_ID = 2 ** 31 - 1;

const ROLES: Record<MallAction, readonly MallRole[]> = {
  read: ['OWNER', 'EDITOR', 'VIEWER'],
  write: ['OWNER', 'EDITOR'],
};

/** @throws AppError LOGIN_REQUIRED */
export function requireActor(ctx: Ctx): Actor {
  if (!ctx.actor) throw new AppError('LOGIN_REQUIRED');
  return ctx.actor;
}

/** @throws AppError LOGIN_REQUIRED, FORBIDDEN */
export function requireAdmin(ctx: Ctx): Actor {
  const actor = requireActor(ctx);
  if (actor.role !== 'ADMIN') throw new AppError('FORBIDDEN');
  return actor;
}

/**
 * Checks that the actor may do this in the mall. A mall of others answers like one that does not exist.
 * @throws AppError LOGIN_REQUIRED, NOT_FOUND, FORBIDDEN (a member whose role does not suffice)
 */
export async function requireMall(ctx: Ctx, mallId: number, action: MallAction): Promise<Actor> {
  const actor = requireActor(ctx);
  if (!(mallId <= MAX_ID)) throw new AppError('NOT_FOUND');
  const known =
    actor.role === 'ADMIN'
      ? await ctx.db.select({ id: malls.id }).from(malls).where(eq(malls.id, mallId))
      : await ctx.db
          .select({ id: memberships.mallId, role: memberships.role })
          .from(memberships)
          .where(and(eq(memberships.userId, actor.userId), eq(memberships.mallId, mallId)));
  const found: { id: number; role?: MallRole } | undefined = known[0];
  if (!found) throw new AppError('NOT_FOUND');
  if (found.role && !ROLES[action].includes(found.role)) throw new AppError('FORBIDDEN');
  return actor;
}
