import { and, asc, desc, eq, gt, lt } from 'drizzle-orm';
import { exportJobs } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireActor, requireAdmin } from '../access.ts';
import type { Ctx } from '../context.ts';
import { cutPage, type Page, type PageInput, parseWindow } from '../page.ts';
import { type ExportJobRecord, visibleJobs } from './record.ts';

export interface ExportJobListInput extends PageInput {
  /** Of all users, for administrators. */
  readonly all?: boolean | null | undefined;
}

const CURSOR_PREFIX = 'export:';

/**
 * A page of the actor's jobs, the newest first. Ids are in the order of time.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (page size, cursor)
 */
export async function listExportJobs(ctx: Ctx, input: ExportJobListInput): Promise<Page<ExportJobRecord>> {
  const actor = input.all ? requireAdmin(ctx, 'READ') : requireActor(ctx);
  const window = parseWindow(input);
  const condition = input.all ? undefined : and(eq(exportJobs.userId, actor.userId), visibleJobs(actor));
  const cursor = window.cursor === undefined ? undefined : decodeCursor(window.cursor);
  const beyond = cursor === undefined ? undefined : (window.backward ? gt : lt)(exportJobs.id, cursor);
  const found = await ctx.db
    .select()
    .from(exportJobs)
    .where(and(condition, beyond))
    .orderBy((window.backward ? asc : desc)(exportJobs.id))
    .limit(window.size + 1);
  return {
    ...cutPage(found, window),
    cursorOf: ({ id }) => Buffer.from(CURSOR_PREFIX + id).toString('base64url'),
    count: () => ctx.db.$count(exportJobs, condition),
  };
}

function decodeCursor(text: string): string {
  const decoded = Buffer.from(text.slice(0, 100), 'base64url').toString();
  const id = decoded.startsWith(CURSOR_PREFIX) ? decoded.slice(CURSOR_PREFIX.length) : '';
  if (!isUuid(id))
    throw new AppError('PARAMS_INVALID', { detail: 'The cursor does not belong to this list.' });
  return id;
}
