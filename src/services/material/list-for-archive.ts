import { and, asc, eq, inArray } from 'drizzle-orm';
import { blobs, malls, materials } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { type MaterialFilter, materialCondition } from './filter.ts';
import { materialBlob } from './record.ts';

export const MAX_ARCHIVE_IDS = 300;
export const MAX_ARCHIVE_FILES = 10_000;

/** Which materials of one mall; one of the two. */
export interface ArchiveSelection {
  readonly mallId: number;
  readonly ids?: readonly string[];
  readonly filter?: Pick<MaterialFilter, 'kind' | 'folder' | 'tag' | 'name'>;
}

export interface ArchiveFile {
  readonly originFilename: string;
  readonly folder: string;
  readonly updatedAt: Date;
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
}

export interface ArchiveList {
  readonly mallName: string;
  /** At least one; the oldest first. */
  readonly files: readonly ArchiveFile[];
}

/**
 * What a selection stands for, at one moment; nothing of it in the trash.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (ids, too many), NOT_FOUND (the
 * mall, one of the ids, or nothing that the filter lets through)
 */
export async function listForArchive(ctx: Ctx, selection: ArchiveSelection): Promise<ArchiveList> {
  const { mallId, filter = {} } = selection;
  const ids = selection.ids && parseIds(selection.ids);
  const actor = await requireMall(ctx, mallId, 'read');
  const rows = await ctx.db
    .select({
      mallName: malls.name,
      originFilename: materials.originFilename,
      folder: materials.folder,
      updatedAt: materials.updatedAt,
      storageKey: blobs.storageKey,
      size: blobs.size,
    })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .innerJoin(malls, eq(malls.id, materials.mallId))
    .where(
      and(
        // Names who may see it, too: a right that is taken away meanwhile gives no rows.
        materialCondition(ctx.db, actor, mallId, filter),
        ids === undefined ? undefined : inArray(materials.id, ids),
      ),
    )
    .orderBy(asc(materials.createdAt), asc(materials.id))
    .limit(MAX_ARCHIVE_FILES + 1);
  const [first] = rows;
  if (!first || (ids !== undefined && rows.length < ids.length)) throw new AppError('NOT_FOUND');
  if (rows.length > MAX_ARCHIVE_FILES) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `A ZIP has at most ${MAX_ARCHIVE_FILES} files.`,
        zh: `一个 ZIP 最多包含 ${MAX_ARCHIVE_FILES} 个文件`,
      },
    });
  }
  return { mallName: first.mallName, files: rows };
}

function parseIds(ids: readonly string[]): string[] {
  if (ids.length > MAX_ARCHIVE_IDS || !ids.every(isUuid)) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: `Give at most ${MAX_ARCHIVE_IDS} ids.`, zh: `最多 ${MAX_ARCHIVE_IDS} 个 id` },
    });
  }
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}
