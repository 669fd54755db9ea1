import type { AppError } from '../../errors.ts';
import { dayIn } from '../../lib/dates.ts';
import { requireMall } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { parseFolder } from '../material/folder.ts';
import type { Placement } from '../material/ingest/commit-files.ts';
import { type FileSource, ingestEach } from '../material/ingest/ingest.ts';
import type { StagedFile } from '../material/ingest/staged-file.ts';
import type { MaterialRecord } from '../material/record.ts';
import { FetchBatch } from './fetch-batch.ts';
import { noteFailure, noteSaved, planPicture, type RemotePicture } from './fetch-picture.ts';

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
  const [outcome] = await saveFrom(ctx, plan, [input.url]);
  if (!outcome) throw new Error('an address has no outcome');
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

/**
 * Fetches pictures, two at a time, and keeps them by one transaction.
 * @returns an outcome for each address, in their order; one that fails never fails the others.
 * @throws AppError when the rows cannot be written.
 */
export async function saveFrom(
  ctx: Ctx,
  plan: SaveImagePlan,
  urls: readonly string[],
): Promise<SaveImageOutcome[]> {
  const { actor, mallId, folder } = plan;
  const batch = new FetchBatch();
  const arrived = new Set<RemotePicture>();
  const staged = new Map<StagedFile, RemotePicture>();
  const sources = urls.map((url): FileSource => {
    const fetch = { purpose: 'MATERIAL', userId: actor.userId, mallId, url } as const;
    const fetchPicture = planPicture(ctx, fetch, batch);
    return (receive) =>
      fetchPicture(
        async (picture) => {
          const file = await receive(picture);
          arrived.add(picture);
          ctx.imageFetches.arrived(picture.fetch);
          return { file, picture };
        },
        async ({ file, picture }) => {
          const result = await file.stage();
          staged.set(result, picture);
          return result;
        },
      );
  });
  const placement: Placement = {
    mallId,
    folder,
    source: 'REMOTE',
    kind: 'IMAGE',
    basePaths: async (files) => {
      const day = dayIn(ctx.timeZone, new Date()).replaceAll('-', '');
      return files.map(({ id, file }) => `/etp_qr_img/${day}/${id}.${file.facts.extension}`);
    },
    alongside: async (tx, files) => {
      const saved = files.flatMap(({ id, file }) => {
        const picture = staged.get(file);
        return picture ? [{ picture, materialId: id }] : [];
      });
      await noteSaved(tx, saved);
    },
  };
  try {
    const outcomes = await ingestEach(ctx, placement, sources);
    return outcomes.map((outcome, i) => ({ ...outcome, url: urls[i] ?? '' }));
  } catch (error) {
    for (const picture of staged.values()) await noteFailure(ctx, picture.fetch.id, error, picture.bytes());
    throw error;
  } finally {
    ctx.imageFetches.settled([...arrived].map(({ fetch }) => fetch.id));
    await ctx.imageFetches.close(batch);
  }
}

function isOfPicture({ code }: AppError): boolean {
  return code.startsWith('REMOTE_') || code === 'QUOTA_EXCEEDED';
}
