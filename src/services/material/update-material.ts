import { inArray, sql } from 'drizzle-orm';
import { materials, type Visibility } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { changeMaterials } from './change-materials.ts';
import { checkFilename } from './filename.ts';
import { parseFolder } from './folder.ts';
import { moved } from './moved.ts';
import type { MaterialRecord } from './record.ts';
import { parseTags } from './tags.ts';

/** The place of a picture or video that a crop keeps in sight, 0 to 1 from the left and from the top. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** What is left out, or null, stays as it is. */
export interface UpdateMaterialInput {
  readonly originFilename?: string | null | undefined;
  readonly folder?: string | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly visibility?: Visibility | null | undefined;
  /** null: none any more. */
  readonly focalPoint?: FocalPoint | null | undefined;
  /** The `updatedAt` that the caller has seen: nothing is changed if somebody else did so after it. */
  readonly ifUpdatedAt?: Date | null | undefined;
}

/**
 * Changes what people have said of a material that is not in the trash.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID, FILE_NAME_INVALID,
 * MATERIAL_CHANGED (`ifUpdatedAt`)
 */
export async function updateMaterial(
  ctx: Ctx,
  id: string,
  input: UpdateMaterialInput,
): Promise<MaterialRecord> {
  const values = parse(input);
  const [outcome] = await changeMaterials(ctx, [id], {
    action: 'UPDATED',
    refuse: ({ deletedAt, updatedAt, kind }) => {
      if (deletedAt) return new AppError('NOT_FOUND');
      const { ifUpdatedAt } = input;
      if (ifUpdatedAt && ifUpdatedAt.getTime() !== updatedAt.getTime()) {
        return new AppError('MATERIAL_CHANGED');
      }
      if (input.focalPoint && kind === 'AUDIO') {
        return new AppError('PARAMS_INVALID', { detail: 'A sound has no focal point.' });
      }
      return undefined;
    },
    apply: async (tx, accepted) => {
      if (Object.keys(values).length === 0) return [];
      const ids = accepted.map((material) => material.id);
      await tx
        .update(materials)
        .set({ ...values, updatedAt: moved })
        .where(inArray(materials.id, ids));
      return accepted;
    },
  });
  if (!outcome?.material || outcome.error) throw outcome?.error ?? new AppError('NOT_FOUND');
  return outcome.material;
}

function parse(input: UpdateMaterialInput) {
  const { originFilename, folder, tags, visibility, focalPoint } = input;
  if (originFilename != null) checkFilename(originFilename);
  if (focalPoint && !(isPart(focalPoint.x) && isPart(focalPoint.y))) {
    throw new AppError('PARAMS_INVALID', { detail: 'A focal point has x and y from 0 to 1.' });
  }
  return {
    ...(originFilename == null ? {} : { originFilename }),
    ...(folder == null ? {} : { folder: parseFolder(folder) }),
    ...(tags == null ? {} : { tags: parseTags(tags) }),
    ...(visibility == null ? {} : { visibility }),
    ...(focalPoint === undefined
      ? {}
      : { focalX: focalPoint?.x ?? sql`null`, focalY: focalPoint?.y ?? sql`null` }),
  };
}

function isPart(value: number): boolean {
  return value >= 0 && value <= 1;
}
