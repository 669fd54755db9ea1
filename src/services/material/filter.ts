import { and, arrayContains, eq, gte, ilike, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { type MediaKind, materials } from '../../adapters/db/schema.ts';
import { inVisibleMalls } from '../access.ts';
import type { Actor } from '../context.ts';

export interface Range<T> {
  readonly min?: T | null | undefined;
  readonly max?: T | null | undefined;
}

/** What a list of materials is narrowed by; bounds are inclusive. */
export interface MaterialFilter {
  readonly kind?: MediaKind | null | undefined;
  readonly folder?: string | null | undefined;
  readonly tag?: string | null | undefined;
  /** Part of the file name, in any case. */
  readonly name?: string | null | undefined;
  /** Bytes. */
  readonly size?: Range<number> | null | undefined;
  /** Pixels. */
  readonly width?: Range<number> | null | undefined;
  readonly height?: Range<number> | null | undefined;
  readonly createdAt?: Range<Date> | null | undefined;
  readonly uploadedBy?: number | null | undefined;
  /** What is in the trash, instead of what is not. */
  readonly trashed?: boolean | null | undefined;
}

/** The rows that the actor may see, in one mall or all of theirs, and that the filter lets through. */
export function materialCondition(
  db: Database,
  actor: Actor,
  mallId: number | null | undefined,
  filter: MaterialFilter,
): SQL | undefined {
  return and(
    filter.trashed ? isNotNull(materials.deletedAt) : isNull(materials.deletedAt),
    mallId == null ? undefined : eq(materials.mallId, mallId),
    inVisibleMalls(db, actor, materials.mallId),
    filter.kind == null ? undefined : eq(materials.kind, filter.kind),
    filter.folder == null ? undefined : eq(materials.folder, filter.folder),
    filter.tag == null ? undefined : arrayContains(materials.tags, [filter.tag]),
    filter.name == null ? undefined : ilike(materials.originFilename, `%${escapeLike(filter.name)}%`),
    between(sql`${materials.size}`, filter.size, sql`bigint`),
    between(sql`${materials.width}`, filter.width, sql`bigint`),
    between(sql`${materials.height}`, filter.height, sql`bigint`),
    filter.createdAt?.min == null ? undefined : gte(materials.createdAt, filter.createdAt.min),
    filter.createdAt?.max == null ? undefined : lte(materials.createdAt, filter.createdAt.max),
    filter.uploadedBy == null ? undefined : eq(materials.uploadedBy, filter.uploadedBy),
  );
}

export function isEmptyFilter(filter: MaterialFilter): boolean {
  return Object.values(filter).every((value) => value == null || value === false);
}

function between(column: SQL, range: Range<number> | null | undefined, type: SQL): SQL | undefined {
  return and(
    range?.min == null ? undefined : sql`${column} >= ${range.min}::${type}`,
    range?.max == null ? undefined : sql`${column} <= ${range.max}::${type}`,
  );
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
