import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { requireMaterial } from './change-materials.ts';
import { type IngestOutcome, ingest } from './ingest/ingest.ts';
import type { IncomingFile } from './ingest/staged-file.ts';

/**
 * Gives a material other bytes, which come in as an upload does and must be of the same kind. Id, path, folder, tags,
 * visibility and focal point stay; type, size, sha256 and name are those of the new file, whatever the extension in
 * the path says. Its URL keeps its path and gets another version; who is reading the old bytes goes on to their end.
 * @returns what became of the file: rejected as in an upload, or FILE_KIND_DIFFERS.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, NOT_FOUND (also in the trash), FORBIDDEN, and what
 * `ingest` throws.
 */
export async function replaceMaterial(
  ctx: Ctx,
  input: { readonly id: string; readonly files: AsyncIterable<IncomingFile> },
): Promise<IngestOutcome> {
  const { id, kind, mallId, folder, source, basePath, deletedAt } = await requireMaterial(ctx, input.id);
  if (deletedAt) throw new AppError('NOT_FOUND');
  const placement = {
    mallId,
    folder,
    source,
    replaces: { id, kind },
    basePaths: async () => [basePath],
  } as const satisfies Parameters<typeof ingest>[1];
  const [outcome] = await ingest(ctx, placement, input.files);
  if (!outcome) throw new AppError('PARAMS_INVALID', { detail: 'There is no file.' });
  return outcome;
}
