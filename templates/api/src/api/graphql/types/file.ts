import { toAppError } from '../../../errors.ts';
import { requireActor } from '../../../services/context.ts';
import { listFiles } from '../../../services/file/list-files.ts';
import type { FileRecord } from '../../../services/file/record.ts';
import { uploadFile } from '../../../services/file/upload-file.ts';
import { builder } from '../builder.ts';

const StoredFile = builder.objectRef<FileRecord>('StoredFile').implement({
  description: 'A file that was uploaded.',
  fields: (t) => ({
    id: t.exposeID('id'),
    filename: t.exposeString('filename', { description: 'As it was sent.' }),
    size: t.exposeFloat('size', { description: 'Bytes.' }),
    sha256: t.exposeString('sha256', { description: 'Of the bytes, hex.' }),
    url: t.string({
      description: 'Where members download it.',
      resolve: ({ id }) => `/files/${id}`,
    }),
    uploadedBy: t.exposeString('uploader'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

interface Outcome {
  readonly filename: string;
  readonly file?: FileRecord;
  readonly code?: string;
}

const UploadOutcome = builder.objectRef<Outcome>('UploadOutcome').implement({
  description: 'What became of one file.',
  fields: (t) => ({
    filename: t.exposeString('filename'),
    file: t.field({ type: StoredFile, nullable: true, resolve: ({ file }) => file }),
    code: t.exposeString('code', { nullable: true, description: 'Why it was not kept.' }),
  }),
});

builder.queryField('files', (t) =>
  t.field({
    type: [StoredFile],
    description: 'The newest first.',
    args: {
      first: t.arg.int({ defaultValue: 20, description: '1 to 100.' }),
      after: t.arg.id({ description: 'The id of the last one seen.' }),
    },
    resolve: (_root, { first, after }, { ctx }) =>
      listFiles(ctx, { first: first ?? 20, after: after ?? null }),
  }),
);

builder.mutationField('uploadFiles', (t) =>
  t.field({
    type: [UploadOutcome],
    description: 'Keeps files. A bad one never fails the others; the outcomes are in their order.',
    args: { files: t.arg({ type: ['Upload'], required: true }) },
    resolve: async (_root, { files }, { ctx }) => {
      requireActor(ctx);
      const outcomes: Outcome[] = [];
      for (const upload of files) {
        const { name: filename } = upload;
        try {
          outcomes.push({ filename, file: await uploadFile(ctx, upload) });
        } catch (error) {
          const { code } = toAppError(error);
          if (code === 'INTERNAL_ERROR') ctx.log.error({ err: error }, 'a file could not be kept');
          outcomes.push({ filename, code });
        }
      }
      return outcomes;
    },
  }),
);
