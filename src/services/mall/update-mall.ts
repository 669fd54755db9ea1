import { eq } from 'drizzle-orm';
import { malls, type Visibility } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireAdmin, requireMall } from '../access.ts';
import { changesOf } from '../audit/changes.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { parseName } from '../names.ts';
import { type MallRecord, mallColumns } from './record.ts';

export interface UpdateMallInput {
  readonly mallId: number;
  /** null: as it is. */
  readonly name?: string | null | undefined;
  /** Bytes; null: none; undefined: as it is. One below what is kept already takes nothing away. */
  readonly quotaBytes?: number | null | undefined;
  /** Of new materials; null: as it is. */
  readonly defaultVisibility?: Visibility | null | undefined;
}

/**
 * Changes the name of a mall and the visibility of its new materials, which its owners may, and its quota, which
 * administrators may.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (name)
 */
export async function updateMall(ctx: Ctx, input: UpdateMallInput): Promise<MallRecord> {
  await requireMall(ctx, input.mallId, 'manage');
  if (input.quotaBytes !== undefined) requireAdmin(ctx);
  const changes = {
    ...(input.name == null ? {} : { name: parseName(input.name) }),
    ...(input.defaultVisibility == null ? {} : { defaultVisibility: input.defaultVisibility }),
    ...(input.quotaBytes === undefined ? {} : { quotaBytes: input.quotaBytes }),
  };
  const byId = eq(malls.id, input.mallId);
  return await ctx.db.transaction(async (tx) => {
    const [before] = await tx.select(mallColumns).from(malls).where(byId).for('no key update');
    if (!before) throw new AppError('NOT_FOUND');
    const changed = changesOf(described(before), described({ ...before, ...changes }));
    if (!changed) return before;
    const [mall] = await tx.update(malls).set(changes).where(byId).returning(mallColumns);
    if (!mall) throw new Error('a locked row was not written');
    await recordEvents(tx, ctx, [
      {
        action: 'mall.updated',
        mallId: mall.id,
        subjectId: mall.id,
        subjectName: mall.name,
        changes: changed,
      },
    ]);
    return mall;
  });
}

function described({ name, quotaBytes, defaultVisibility }: MallRecord) {
  return { name, quotaBytes, defaultVisibility };
}
