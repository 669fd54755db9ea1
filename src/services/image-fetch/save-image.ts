import { AppError } from '../../errors.ts';
import { dayIn } from '../../lib/dates.ts';
import { requireMall } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { parseFolder } from '../material/folder.ts';
import type { Placement } from '../material/ingest/commit-files.ts';
import { ingest } from '../material/ingest/ingest.ts';
import type { MaterialRecord } from '../material/record.ts';
import { fetchPicture, type RemotePicture } from './fetch-picture.ts';

/** Where pictures from elsewhere go by default: what they mostly were is in the name. */
const DEFAULT_FOLDER = 'etp_qr_img';

export interface SaveImageInput {
  readonly mallId: number;
  readonly url: string;
  readonly folder?: string | null | undefined;
}

/** What became of one address. */
export type SaveImageOutcome =
  | { readonly url: string; readonly material: MaterialRecord }
  | { readonly url: string; readonly error: AppError };

/** What was checked before the first address is asked. */
export interface SaveImagePlan {
  readonly actor: Actor;
  readonly mallId: number;
  readonly folder: string;
}

/**
 * Keeps a picture from elsewhere in a mall, byte for byte, as `/etp_qr_img/<YYYYMMDD>/<uuid>.<ext>`.
 * @returns why it was not kept, where the address, the picture or the mall's quota is the reason.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (folder),
 * RATE_LIMITED, SERVICE_UNAVAILABLE, STORAGE_FULL
 */
export async function saveImage(ctx: Ctx, input: SaveImageInput): Promise<SaveImageOutcome> {
  const plan = await planSaving(ctx, input);
  await ctx.imageFetches.count(plan.actor.userId, 1);
  const outcome = await saveFrom(ctx, plan, input.url);
  if ('error' in outcome && !isOfPicture(outcome.error)) throw outcome.error;
  return outcome;
}

/** @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID */
export async function planSaving(
  ctx: Ctx,
  { mallId, folder }: Omit<SaveImageInput, 'url'>,
): Promise<SaveImagePlan> {
  const place = parseFolder(folder ?? DEFAULT_FOLDER);
  return { actor: await requireMall(ctx, mallId, 'write'), mallId, folder: place };
}

/** Fetches and keeps one picture; any AppError is its outcome. */
export async function saveFrom(ctx: Ctx, plan: SaveImagePlan, url: string): Promise<SaveImageOutcome> {
  const { actor, mallId } = plan;
  const fetch = { purpose: 'MATERIAL', userId: actor.userId, mallId, url } as const;
  try {
    return { url, material: await fetchPicture(ctx, fetch, (picture) => keep(ctx, plan, picture)) };
  } catch (error) {
    if (error instanceof AppError) return { url, error };
    throw error;
  }
}

async function keep(
  ctx: Ctx,
  { mallId, folder }: SaveImagePlan,
  picture: RemotePicture,
): Promise<MaterialRecord> {
  const placement: Placement = {
    mallId,
    folder,
    source: 'REMOTE',
    kind: 'IMAGE',
    basePaths: async (files) => {
      const day = dayIn(ctx.timeZone, new Date()).replaceAll('-', '');
      return files.map(({ id, file }) => `/etp_qr_img/${day}/${id}.${file.facts.extension}`);
    },
    alongside: async (tx, [committed]) => {
      if (committed) await picture.saved(tx, committed.material.id);
    },
  };
  const [outcome] = await ingest(ctx, placement, [picture]);
  if (!outcome) throw new Error('a picture has no outcome');
  if ('error' in outcome) throw outcome.error;
  return outcome.material;
}

function isOfPicture({ code }: AppError): boolean {
  return code.startsWith('REMOTE_') || code === 'QUOTA_EXCEEDED';
}
