import type { AppError } from '../../../errors.ts';
import { toPublicError } from '../../../errors.ts';
import type { IngestOutcome } from '../../../services/material/ingest/ingest.ts';
import type { IncomingFile } from '../../../services/material/ingest/staged-file.ts';
import { parseUploadIds } from '../../../services/material/upload-ids.ts';
import { uploadMaterials } from '../../../services/material/upload-materials.ts';
import { builder } from '../builder.ts';
import type { ServerContext } from '../context.ts';
import type { PendingUpload } from '../multipart/upload-queue.ts';
import { Material } from './material.ts';

type Rejection = { readonly filename: string; readonly error: AppError };

const UploadRejection = builder.objectRef<Rejection>('UploadRejection').implement({
  description: 'A file that was not taken.',
  fields: (t) => ({
    originFilename: t.exposeString('filename', { description: 'The file name as the client sent it.' }),
    code: t.string({
      description: 'One of the codes in schema/errors.md, such as FILE_TOO_LARGE.',
      resolve: ({ error }) => error.code,
    }),
    message: t.string({
      description: 'In the language of the request.',
      resolve: ({ error }, _args, { language }) => toPublicError(error, language).message,
    }),
  }),
});

export const UploadMaterialResult = builder.unionType('UploadMaterialResult', {
  description: 'What became of one file of an upload.',
  types: [Material, UploadRejection],
  resolveType: (value) => ('error' in value ? UploadRejection : Material),
});

builder.mutationField('uploadMaterials', (t) =>
  t.field({
    type: [UploadMaterialResult],
    description: 'Takes files into a mall. Answers for each file, in the order of `files`.',
    args: {
      mallId: t.arg.int({ required: true, description: 'The mall that gets the files.' }),
      files: t.arg({
        type: ['Upload'],
        required: true,
        description: 'Parts of a multipart request, in any order.',
      }),
      folder: t.arg.string({
        description: 'Where they appear in the mall, such as `spring/posters`; by default the top.',
      }),
      uploadIds: t.arg.idList({
        description:
          'A UUID for each of `files`, made by the client, for safe retries: what the caller has uploaded to this mall under one of them is not kept again, and its material is the result, also from the trash.',
      }),
    },
    resolve: async (_root, { mallId, files, folder, uploadIds }, context) => {
      const arrived: PendingUpload[] = [];
      const ids = uploadIds && parseUploadIds(uploadIds, files.length);
      const outcomes = await uploadMaterials(context.ctx, {
        mallId,
        folder,
        files: incomingFiles(context, files, arrived, ids),
      });
      const byUpload = new Map(arrived.map((upload, index) => [upload, outcomes[index]]));
      return files.map((upload) => toResult(byUpload.get(upload)));
    },
  }),
);

/** The files in the order in which they come, noting which they were. */
export async function* incomingFiles(
  { uploads }: ServerContext,
  files: readonly PendingUpload[],
  arrived: PendingUpload[],
  uploadIds?: readonly string[] | null,
): AsyncGenerator<IncomingFile, void, void> {
  if (!uploads) return;
  for await (const { upload, file } of uploads.receive(files)) {
    arrived.push(upload);
    yield { ...file, uploadId: uploadIds?.[files.indexOf(upload)] };
  }
}

export function toResult(outcome: IngestOutcome | undefined) {
  if (!outcome) throw new Error('a file has no outcome');
  return 'error' in outcome ? outcome : outcome.material;
}
