import { AppError } from '../../errors.ts';
import { signQuery } from '../../lib/signed-query.ts';
import { requireActor } from '../access.ts';
import { recordEvents } from '../audit/record-events.ts';
import type { Ctx } from '../context.ts';
import { encodePath, versionOf } from '../material/file-url.ts';
import { getMaterial } from '../material/get-material.ts';
import { parseParameters } from '../material/variant/parameters.ts';
import { type VariantArguments, variantQuery } from '../material/variant/variant-url.ts';
import { fileSubject } from './file-link.ts';

export interface DownloadLinkInput extends VariantArguments {
  readonly materialId: string;
  /** By default an hour. */
  readonly expiresInSeconds?: number | null | undefined;
  /** Whether browsers save the file under its original name instead of showing it; they do by default. */
  readonly download?: boolean | null | undefined;
}

export interface Link {
  readonly url: string;
  readonly expiresAt: Date;
}

const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 7 * 24 * 3600;

/**
 * An address at which anybody gets the bytes of a material, a private one too, until it expires. It is good for this
 * material, variant and disposition only. Sizes of a variant do not snap.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND, PARAMS_INVALID (time, variant)
 */
export async function createDownloadLink(ctx: Ctx, input: DownloadLinkInput): Promise<Link> {
  requireActor(ctx);
  const seconds = input.expiresInSeconds ?? DEFAULT_SECONDS;
  if (seconds < 1 || seconds > MAX_SECONDS) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `A link lives for 1 to ${MAX_SECONDS} seconds.`,
        zh: `链接有效期须为 1 到 ${MAX_SECONDS} 秒`,
      },
    });
  }
  const variant = variantQuery(input);
  parseParameters(new URLSearchParams(variant), { exact: true });
  const material = await getMaterial(ctx, input.materialId);
  if (!material) throw new AppError('NOT_FOUND');

  const expiresAt = new Date(Math.floor(Date.now() / 1000 + seconds) * 1000);
  const asVariant = material.kind === 'IMAGE' ? variant : {};
  const download = input.download ?? true;
  await recordEvents(ctx.db, ctx, [
    {
      action: 'link.created',
      mallId: material.mallId,
      subjectId: material.id,
      subjectName: material.originFilename,
      data: { expiresAt, download, ...(Object.keys(asVariant).length > 0 && { variant: asVariant }) },
    },
  ]);
  const parameters = {
    v: versionOf(material.sha256),
    ...asVariant,
    ...(download ? { download: '1' } : {}),
  };
  const query = signQuery(ctx.linkSecrets, fileSubject(material.basePath), parameters, expiresAt);
  return { url: `${ctx.urls.files}${encodePath(material.basePath)}?${query}`, expiresAt };
}
