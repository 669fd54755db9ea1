import type { Context, Handler } from 'hono';
import { AppError } from '../../../errors.ts';
import type { Ctx } from '../../../services/context.ts';
import { admitUpload } from '../../../services/material/ingest/admit-upload.ts';
import type { IngestOutcome } from '../../../services/material/ingest/ingest.ts';
import { uploadMaterials } from '../../../services/material/upload-materials.ts';
import { uploadTemplates } from '../../../services/material/upload-templates.ts';
import { declaredBytes } from '../../request-body.ts';
import { createCtx, type HttpEnv, withoutIdleTimeout } from '../env.ts';
import { success } from './envelope.ts';
import { formFiles } from './form-files.ts';

const MATERIAL_TYPE = { IMAGE: 0, VIDEO: 2, AUDIO: 2 } as const;

/** `POST /malls/:mall_id/upload_batch`: any field names, many files each. */
export const uploadBatch: Handler<HttpEnv> = async (c) => {
  const ctx = await startUpload(c);
  const mallId = Number(c.req.param('mall_id'));
  const outcomes = await uploadMaterials(ctx, { mallId, files: formFiles(c.req.raw, ctx.limits) });
  return success(c, outcomes.map(toLegacyResult));
};

/** `POST /cms/template`: files under the one key `img`. */
export const uploadTemplate: Handler<HttpEnv> = async (c) => {
  const ctx = await startUpload(c);
  const files = formFiles(c.req.raw, { ...ctx.limits, field: 'img' });
  const outcomes = await uploadTemplates(ctx, { files });
  return success(
    c,
    outcomes.map((outcome) => {
      // The answer is a list of paths, which has no place for a file that failed.
      if ('error' in outcome) throw new AppError('INTERNAL_ERROR', { cause: outcome.error });
      return outcome.material.basePath;
    }),
  );
};

async function startUpload(c: Context<HttpEnv>): Promise<Ctx> {
  withoutIdleTimeout(c);
  const { actor } = c.get('sessionHandle');
  c.set('actor', actor);
  const ctx = createCtx(c, actor);
  // Who has not logged in is refused all the same, and with a better reason.
  if (actor) await admitUpload(ctx, declaredBytes(c.req.raw, ctx.limits.requestBytes));
  return ctx;
}

function toLegacyResult(outcome: IngestOutcome) {
  if ('error' in outcome) return { origin_filename: outcome.filename, success: false };
  const { material } = outcome;
  return {
    mall_id: material.mallId,
    material_type: MATERIAL_TYPE[material.kind],
    base_path: material.basePath,
    width: material.width ?? 0,
    height: material.height ?? 0,
    size: material.size,
    origin_filename: material.originFilename,
    success: true,
  };
}
