import { dayIn } from '../../lib/dates.ts';
import { requireMall } from '../access.ts';
import type { Ctx } from '../context.ts';
import { parseFolder } from './folder.ts';
import { type IngestOutcome, ingest } from './ingest/ingest.ts';
import type { IncomingFile } from './ingest/staged-file.ts';

export interface UploadMaterialsInput {
  readonly mallId: number;
  readonly folder?: string | null | undefined;
  readonly files: AsyncIterable<IncomingFile>;
}

/**
 * Takes files into a mall, as `/mall/<YYYY-MM-DD>/<uuid>.<ext>`. Rights are checked before a byte is read.
 * @returns an outcome for each file, in the order in which they came.
 * @throws AppError LOGIN_REQUIRED, NOT_FOUND, FORBIDDEN, PARAMS_INVALID (folder), and what `ingest` throws.
 */
export async function uploadMaterials(ctx: Ctx, input: UploadMaterialsInput): Promise<IngestOutcome[]> {
  const folder = parseFolder(input.folder);
  await requireMall(ctx, input.mallId, 'write');
  const placement = {
    mallId: input.mallId,
    folder,
    source: 'UPLOAD',
    basePaths: async (files) => {
      const day = dayIn(ctx.timeZone, new Date());
      return files.map(({ id, file }) => `/mall/${day}/${id}.${file.facts.extension}`);
    },
  } as const satisfies Parameters<typeof ingest>[1];
  return await ingest(ctx, placement, input.files);
}
