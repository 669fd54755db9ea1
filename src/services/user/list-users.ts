import { and, asc, desc, gt, ilike, lt } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isId, requireAdmin } from '../access.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { Ctx } from '../context.ts';
import { cutPage, type Page, type PageInput, parseWindow } from '../page.ts';

export interface UserListInput extends PageInput {
  /** Part of the user name, in any case. */
  readonly search?: string | null | undefined;
}

const CURSOR_PREFIX = 'user:';

/**
 * A page of all users, the oldest accounts first.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (page size, cursor)
 */
export async function listUsers(ctx: Ctx, input: UserListInput): Promise<Page<UserRecord>> {
  requireAdmin(ctx);
  const window = parseWindow(input);
  const condition = input.search ? ilike(users.username, `%${escapeLike(input.search)}%`) : undefined;
  const cursor = window.cursor === undefined ? undefined : decodeCursor(window.cursor);
  const beyond = cursor === undefined ? undefined : (window.backward ? lt : gt)(users.id, cursor);
  const found = await ctx.db
    .select()
    .from(users)
    .where(and(condition, beyond))
    .orderBy((window.backward ? desc : asc)(users.id))
    .limit(window.size + 1);
  return {
    ...cutPage(found, window),
    cursorOf: ({ id }) => Buffer.from(CURSOR_PREFIX + id).toString('base64url'),
    count: () => ctx.db.$count(users, condition),
  };
}

function decodeCursor(text: string): number {
  const decoded = Buffer.from(text.slice(0, 100), 'base64url').toString();
  const id = decoded.startsWith(CURSOR_PREFIX) ? Number(decoded.slice(CURSOR_PREFIX.length)) : Number.NaN;
  if (!isId(id)) throw new AppError('PARAMS_INVALID', { detail: 'The cursor does not belong to this list.' });
  return id;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
