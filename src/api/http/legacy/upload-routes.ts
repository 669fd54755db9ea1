import type { Context, Handler } from 'hono';
import { z } from 'zod';
import { AppError } from '../../../errors.ts';
import type { Ctx } from '../../../services/context.ts';
import { admitUpload } from '../../../services/material/ingest/admit-upload.ts';
import type { IngestOutcome } from '../../../services/material/ingest/ingest.ts';
import { uploadMaterials } from '../../../services/material/upload-materials.ts';
import { uploadTemplates } from '../../../services/material/upload-templates.ts';
import { declaredBytes } from '../../request-body.ts';
import { createCtx, type HttpEnv, withoutIdleTimeout } from '../env.ts';
import type { RestRoute } from '../rest/route.ts';
import { success } from './envelope.ts';
import { formFiles } from './form-files.ts';

const MATERIAL_TYPE = { IMAGE: 0, VIDEO: 2, AUDIO: 2 } as const;
const UPLOAD_ERRORS = ['TOO_MANY_FILES', 'STORAGE_FULL', 'QUOTA_EXCEEDED', 'RATE_LIMITED'] as const;
const NO_PIXELS = 'px; 0 for sounds.';

const RESULT = z.union([
  z.object({
    mall_id: z.int(),
    material_type: z
      .union([z.literal(MATERIAL_TYPE.IMAGE), z.literal(MATERIAL_TYPE.VIDEO)])
      .describe('0: a picture; 2: a video or a sound.'),
    base_path: z.string().describe('Behind `/files`.'),
    width: z.int().describe(NO_PIXELS),
    height: z.int().describe(NO_PIXELS),
    size: z.int().describe('Bytes.'),
    origin_filename: z.string(),
    success: z.literal(true),
  }),
  z.object({ origin_filename: z.string(), success: z.literal(false) }),
]);

export const uploadBatchDefinition = {
  method: 'POST',
  path: '/malls/:mall_id{[0-9]+}/upload_batch',
  id: 'uploadBatch',
  tag: 'Legacy',
  summary: 'Uploads files into a mall',
  caller: { scope: 'WRITE' },
  isLegacy: true,
  parameters: { mall_id: z.int().min(1).describe('Number of the mall.') },
  body: { files: null },
  answers: { 200: { description: 'One entry for each file, in their order.', schema: z.array(RESULT) } },
  errors: ['NOT_FOUND', 'FORBIDDEN', ...UPLOAD_ERRORS],
} as const satisfies RestRoute;

export const shortUploadBatchDefinition = {
  ...uploadBatchDefinition,
  path: '/:mall_id{[0-9]+}/upload_batch',
  id: 'uploadBatchShort',
  description: 'The same at the address that the old services had.',
} as const satisfies RestRoute;

export const uploadTemplateDefinition = {
  method: 'POST',
  path: '/cms/template',
  id: 'uploadTemplate',
  tag: 'Legacy',
  summary: 'Uploads pictures of templates, which keep their names',
  description: 'For administrators.',
  caller: { scope: 'WRITE' },
  isLegacy: true,
  body: { files: 'img' },
  answers: { 200: { description: 'The path of each, behind `/files`.', schema: z.array(z.string()) } },
  errors: ['FORBIDDEN', ...UPLOAD_ERRORS],
} as const satisfies RestRoute;

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
