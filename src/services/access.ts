import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../adapters/db/open.ts';
import { type MallRole, malls, memberships, type TokenScope } from '../adapters/db/schema.ts';
import { Statement } from '../adapters/db/statement.ts';
import { AppError } from '../errors.ts';
import type { Actor, Ctx } from './context.ts';

/** What somebody wants to do in a mall: see, change materials, decide who may. */
export type MallAction = 'read' | 'write' | 'manage';

type MallCtx = Pick<Ctx, 'db' | 'actor'>;

/** Of PostgreSQL's integer, which ids of malls and users are. */
const MAX_ID = 2 ** 31 - 1;

const ROLES: Record<MallAction, readonly MallRole[]> = {
  read: ['OWNER', 'EDITOR', 'VIEWER'],
  write: ['OWNER', 'EDITOR'],
  manage: ['OWNER'],
};
const selectRole = new Statement(
  sql`select role from memberships where user_id = ${sql.placeholder('userId')} and mall_id = ${sql.placeholder('mallId')}`,
  { role: memberships.role },
);

const SCOPES = { read: 'READ', write: 'WRITE', manage: 'MANAGE' } as const satisfies Record<
  MallAction,
  TokenScope
>;

/**
 * Somebody who is logged in and may do more than change their password.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without the scope)
 */
export function requireActor(ctx: Pick<Ctx, 'actor'>, scope: TokenScope = 'READ'): Actor {
  const { actor } = ctx;
  if (!actor) throw new AppError('LOGIN_REQUIRED');
  if (actor.mustChangePassword) throw new AppError('PASSWORD_CHANGE_REQUIRED');
  if (actor.token && !actor.token.scopes.includes(scope)) {
    throw new AppError('FORBIDDEN', {
      detail: { en: `The API token lacks the scope ${scope}.`, zh: `令牌没有 ${scope} 权限` },
    });
  }
  return actor;
}

/**
 * Somebody with a session: accounts, their sessions and tokens are out of reach for API tokens.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN
 */
export function requireSession(ctx: Ctx): Actor {
  const actor = requireActor(ctx);
  if (actor.token) {
    throw new AppError('FORBIDDEN', {
      detail: { en: 'This needs a session, not an API token.', zh: '需要登录会话，不能使用 API 令牌' },
    });
  }
  return actor;
}

/** @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN */
export function requireAdmin(ctx: Ctx, scope: TokenScope = 'MANAGE'): Actor {
  const actor = requireActor(ctx, scope);
  if (!isAdmin(actor)) throw new AppError('FORBIDDEN');
  return actor;
}

/** An administrator, but not by an API token that reaches one mall only. */
export function isAdmin(actor: Actor): boolean {
  return actor.role === 'ADMIN' && actor.token?.mallId == null;
}

/** Whether the actor may see more of an account than its name and role: administrators and oneself may. */
export function canSeeAccount(actor: Actor | null, userId: number): boolean {
  return actor !== null && (isAdmin(actor) || actor.userId === userId);
}

/**
 * Checks that the actor may do this in the mall. A mall of others answers like one that does not exist.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN (a member whose role, or a token
 * whose scope, does not suffice)
 */
export async function requireMall(ctx: MallCtx, mallId: number, action: MallAction): Promise<Actor> {
  const actor = requireActor(ctx, SCOPES[action]);
  const role = await mallRole(ctx, actor, mallId);
  if (role === undefined) throw new AppError('NOT_FOUND');
  if (role !== 'ADMIN' && !ROLES[action].includes(role)) throw new AppError('FORBIDDEN');
  return actor;
}

/** What the actor is in a mall; undefined for one of others, and for one that does not exist. */
async function mallRole(ctx: MallCtx, actor: Actor, mallId: number): Promise<MallRole | 'ADMIN' | undefined> {
  if (!isId(mallId) || (actor.token?.mallId ?? mallId) !== mallId) return undefined;
  if (actor.role === 'ADMIN') {
    const [mall] = await ctx.db.select({ id: malls.id }).from(malls).where(eq(malls.id, mallId));
    return mall && 'ADMIN';
  }
  const { userId } = actor;
  const [membership] = await selectRole.run(ctx.db, { userId, mallId });
  return membership?.role;
}

/** Narrows rows to those of malls that the actor may see, or manage; undefined: no narrowing. */
export function inVisibleMalls(
  db: Database,
  actor: Actor,
  mallId: PgColumn,
  action: Exclude<MallAction, 'write'> = 'read',
): SQL | undefined {
  const own = db
    .select({ id: memberships.mallId })
    .from(memberships)
    .where(
      and(
        eq(memberships.userId, actor.userId),
        action === 'read' ? undefined : inArray(memberships.role, [...ROLES[action]]),
      ),
    );
  return and(
    actor.role === 'ADMIN' ? undefined : inArray(mallId, own),
    actor.token?.mallId == null ? undefined : eq(mallId, actor.token.mallId),
  );
}

/** Whether a number can be the id of a mall or a user at all. */
export function isId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= MAX_ID;
}
