import { eq } from 'drizzle-orm';
import type { Transaction } from '../../adapters/db/open.ts';
import { materials, users } from '../../adapters/db/schema.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { dayIn } from '../../lib/dates.ts';
import { requireSession } from '../access.ts';
import type { UserRecord } from '../account/get-me.ts';
import { recordEvents } from '../audit/record-events.ts';
import { releaseBlobs } from '../blob/release-blobs.ts';
import type { Actor, Ctx } from '../context.ts';
import { announceFiles } from '../material/changes.ts';
import type { NewMaterial, Placement } from '../material/ingest/commit-files.ts';
import { ingest } from '../material/ingest/ingest.ts';
import type { MaterialRecord } from '../material/record.ts';
import { fetchPicture, noteSaved, type RemotePicture } from './fetch-picture.ts';
import { portrait } from './portrait.ts';

export type AvatarFault = 'UNREACHABLE' | 'TOO_LARGE' | 'NOT_AN_IMAGE';

export type FetchAvatarOutcome =
  | { readonly user: UserRecord; readonly avatar: MaterialRecord }
  | { readonly error: AppError; readonly fault: AvatarFault };

type Previous = Pick<MaterialRecord, 'basePath'> & { readonly blobId: string };

const FAULTS: Partial<Record<ErrorCode, AvatarFault>> = {
  REMOTE_UNREACHABLE: 'UNREACHABLE',
  REMOTE_TOO_LARGE: 'TOO_LARGE',
  REMOTE_NOT_AN_IMAGE: 'NOT_AN_IMAGE',
};

/**
 * Makes a picture from elsewhere the avatar of whoever asks: drawn anew in at most 1024 px, under
 * `/avatar/<YYYYMMDD>/<user id>/<uuid>.<ext>`. The one before is removed.
 * @returns AVATAR_DOWNLOAD_FAILED and why, where the address or the picture is the reason.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN (an API token), RATE_LIMITED,
 * SERVICE_UNAVAILABLE, STORAGE_FULL
 */
export async function fetchAvatar(ctx: Ctx, url: string): Promise<FetchAvatarOutcome> {
  const actor = requireSession(ctx);
  await ctx.imageFetches.count(actor.userId, 1);
  const fetch = { purpose: 'AVATAR', userId: actor.userId, mallId: null, url } as const;
  try {
    return await fetchPicture(ctx, fetch, (picture) => keep(ctx, actor, picture));
  } catch (error) {
    const fault = error instanceof AppError ? FAULTS[error.code] : undefined;
    if (fault) return { error: new AppError('AVATAR_DOWNLOAD_FAILED'), fault };
    throw error;
  }
}

async function keep(ctx: Ctx, actor: Actor, picture: RemotePicture) {
  await using drawn = await portrait(ctx, picture);
  let changed: { readonly user: UserRecord; readonly previous: Previous | undefined } | undefined;
  const placement: Placement = {
    mallId: null,
    folder: 'avatar',
    source: 'AVATAR',
    kind: 'IMAGE',
    basePaths: async (files) => {
      const day = dayIn(ctx.timeZone, new Date()).replaceAll('-', '');
      return files.map(({ id, file }) => `/avatar/${day}/${actor.userId}/${id}.${file.facts.extension}`);
    },
    alongside: async (tx, [added]) => {
      if (!added) return;
      await noteSaved(tx, [{ picture, materialId: added.id }]);
      changed = await setAvatar(tx, ctx, actor.userId, added);
    },
  };
  const [outcome] = await ingest(ctx, placement, [drawn]);
  if (outcome && 'error' in outcome) throw outcome.error;
  if (!outcome || !changed) throw new Error('an avatar has no outcome');
  const { user, previous } = changed;
  if (previous) {
    await announceFiles(ctx, [previous.basePath]);
    await releaseBlobs(ctx, [previous.blobId]);
  }
  return { user, avatar: outcome.material };
}

/** The row of the user is locked, so of two avatars that come at once the second removes the first. */
async function setAvatar(
  tx: Transaction,
  ctx: Ctx,
  userId: number,
  { id, file }: NewMaterial,
): Promise<{ readonly user: UserRecord; readonly previous: Previous | undefined }> {
  // Not as for a new key: the rows of materials, which point at the user, are written by both before.
  const [before] = await tx
    .select({ avatarId: users.avatarId })
    .from(users)
    .where(eq(users.id, userId))
    .for('no key update');
  const [user] = await tx.update(users).set({ avatarId: id }).where(eq(users.id, userId)).returning();
  if (!before || !user) throw new AppError('LOGIN_REQUIRED');
  const [previous] = before.avatarId
    ? await tx
        .delete(materials)
        .where(eq(materials.id, before.avatarId))
        .returning({ basePath: materials.basePath, blobId: materials.blobId })
    : [];
  await recordEvents(tx, ctx, [
    {
      action: 'avatar.changed',
      mallId: null,
      subjectId: userId,
      subjectName: user.username,
      data: { originFilename: file.filename },
    },
  ]);
  return { user, previous };
}
