import { and, eq, inArray } from 'drizzle-orm';
import type { Database, Transaction } from '../../adapters/db/open.ts';
import { blobs, materials, memberships } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { isUuid } from '../../lib/uuid.ts';
import { requireActor } from '../access.ts';
import { materialEvents } from '../audit/material-events.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Actor, Ctx } from '../context.ts';
import { announceFiles, announceMaterials, type MaterialAction } from './changes.ts';
import { type MaterialRecord, materialBlob, materialColumns } from './record.ts';

const MAX_IDS = 100;

/** What became of one of the materials that were named. */
export interface MaterialOutcome {
  /** As the caller wrote it. */
  readonly id: string;
  /** As it is now; null when it was purged, or may not be seen. */
  readonly material: MaterialRecord | null;
  /** Why it was left as it is; null when what was asked for holds now. */
  readonly error: AppError | null;
}

/** A material that the actor may change. */
export type LockedMaterial = Pick<
  typeof materials.$inferSelect,
  | 'id'
  | 'mallId'
  | 'blobId'
  | 'basePath'
  | 'kind'
  | 'originFilename'
  | 'folder'
  | 'tags'
  | 'visibility'
  | 'focalX'
  | 'focalY'
  | 'updatedAt'
  | 'deletedAt'
>;

export interface MaterialChanging {
  readonly action: Exclude<MaterialAction, 'REFRESH'>;
  /** Why this material is to be left as it is. */
  refuse?(material: LockedMaterial): AppError | undefined;
  /** Changes the materials, whose rows are locked. @returns the ids of those that are not as they were. */
  apply(tx: Transaction, materials: readonly LockedMaterial[]): Promise<readonly { readonly id: string }[]>;
  /** Runs when the change is committed, with what was changed. */
  afterwards?(changed: readonly LockedMaterial[]): Promise<void>;
}

/**
 * Changes those of the materials that the actor may change, all in one transaction with the audit trail, and tells
 * everybody.
 * @returns an outcome for each id, in their order: NOT_FOUND for one that does not exist or that the actor may not
 * see, FORBIDDEN for one that the actor may only see.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token without WRITE), PARAMS_INVALID
 * (more than 100 ids)
 */
export async function changeMaterials(
  ctx: Ctx,
  ids: readonly string[],
  changing: MaterialChanging,
): Promise<MaterialOutcome[]> {
  const actor = requireActor(ctx, 'WRITE');
  if (ids.length > MAX_IDS) {
    throw new AppError('PARAMS_INVALID', { detail: `At most ${MAX_IDS} materials at once.` });
  }
  const wanted = [...new Set(ids.filter(isUuid).map((id) => id.toLowerCase()))];
  if (wanted.length === 0) return ids.map(notFound);

  const { errors, changed, records } = await ctx.db.transaction(async (tx) => {
    const errors = new Map<string, AppError>();
    const accepted: LockedMaterial[] = [];
    for (const { material, role } of await materialsWithRole(tx, actor, wanted).for('update', {
      of: materials,
    })) {
      const error = refusal(actor, material.mallId, role) ?? changing.refuse?.(material);
      if (error) errors.set(material.id, error);
      else accepted.push(material);
    }
    const named = [...accepted.map(({ id }) => id), ...errors.keys()];
    // What is purged cannot be described afterwards.
    const before = changing.action === 'PURGED' ? await recordsOf(tx, named) : undefined;
    const moved = new Set(accepted.length ? (await changing.apply(tx, accepted)).map(({ id }) => id) : []);
    const changed = accepted.filter(({ id }) => moved.has(id));
    const records = before ?? (await recordsOf(tx, named));
    await recordEvents(tx, ctx, materialEvents(changing.action, changed, records));
    return { errors, changed, records };
  });
  await tell(ctx, changing.action, changed);
  await changing.afterwards?.(changed);

  const purged = new Set(changing.action === 'PURGED' ? changed.map(({ id }) => id) : []);
  return ids.map((id) => {
    const key = id.toLowerCase();
    const error = errors.get(key) ?? null;
    const isHidden = error?.code === 'NOT_FOUND' || purged.has(key);
    const material = isHidden ? undefined : records.get(key);
    if (!error && !material && !purged.has(key)) return notFound(id);
    return { id, material: material ?? null, error };
  });
}

/**
 * A material that the actor may change.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN
 */
export async function requireMaterial(ctx: Ctx, id: string) {
  const actor = requireActor(ctx, 'WRITE');
  const [found] = isUuid(id) ? await materialsWithRole(ctx.db, actor, [id]) : [];
  if (!found) throw new AppError('NOT_FOUND');
  const error = refusal(actor, found.material.mallId, found.role);
  if (error) throw error;
  return found.material;
}

/** In the order in which everybody locks them. */
function materialsWithRole(db: Database | Transaction, actor: Actor, ids: readonly string[]) {
  return db
    .select({
      material: {
        id: materials.id,
        mallId: materials.mallId,
        blobId: materials.blobId,
        basePath: materials.basePath,
        kind: materials.kind,
        originFilename: materials.originFilename,
        folder: materials.folder,
        source: materials.source,
        tags: materials.tags,
        visibility: materials.visibility,
        focalX: materials.focalX,
        focalY: materials.focalY,
        updatedAt: materials.updatedAt,
        deletedAt: materials.deletedAt,
      },
      role: memberships.role,
    })
    .from(materials)
    .leftJoin(
      memberships,
      and(eq(memberships.mallId, materials.mallId), eq(memberships.userId, actor.userId)),
    )
    .where(inArray(materials.id, [...ids]))
    .orderBy(materials.id)
    .$dynamic();
}

/** Site files are the administrators'. */
function refusal(actor: Actor, mallId: number | null, role: string | null): AppError | undefined {
  const { token } = actor;
  if (token?.mallId != null && token.mallId !== mallId) return new AppError('NOT_FOUND');
  if (actor.role === 'ADMIN') {
    if (mallId !== null || !token || token.scopes.includes('MANAGE')) return undefined;
    return new AppError('FORBIDDEN', { detail: 'The API token lacks the scope MANAGE.' });
  }
  if (mallId === null || role === null) return new AppError('NOT_FOUND');
  return role === 'VIEWER' ? new AppError('FORBIDDEN') : undefined;
}

async function recordsOf(tx: Transaction, ids: readonly string[]): Promise<Map<string, MaterialRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select(materialColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(inArray(materials.id, [...ids]));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Tells what was committed, mall by mall. */
export async function tell(
  services: Pick<Ctx, 'events' | 'log'> & Partial<Pick<Ctx, 'files'>>,
  action: Exclude<MaterialAction, 'REFRESH'>,
  changed: readonly Pick<LockedMaterial, 'id' | 'mallId' | 'basePath'>[],
): Promise<void> {
  await announceFiles(
    services,
    changed.map(({ basePath }) => basePath),
  );
  for (const [mallId, rows] of Map.groupBy(changed, (row) => row.mallId)) {
    announceMaterials(
      services,
      action,
      mallId,
      rows.map(({ id }) => id),
    );
  }
}

function notFound(id: string): MaterialOutcome {
  return { id, material: null, error: new AppError('NOT_FOUND') };
}
