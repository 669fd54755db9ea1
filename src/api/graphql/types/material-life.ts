import { toPublicError } from '../../../errors.ts';
import type { MaterialOutcome as Outcome } from '../../../services/material/change-materials.ts';
import { deleteMaterials } from '../../../services/material/delete-materials.ts';
import { purgeMaterials } from '../../../services/material/purge-materials.ts';
import { replaceMaterial } from '../../../services/material/replace-material.ts';
import { restoreMaterials } from '../../../services/material/restore-materials.ts';
import { updateMaterial } from '../../../services/material/update-material.ts';
import { updateMaterials } from '../../../services/material/update-materials.ts';
import { builder } from '../builder.ts';
import { Material } from './material.ts';
import { incomingFiles, toResult, UploadMaterialResult } from './upload.ts';
import { Visibility } from './visibility.ts';

const FocalPointInput = builder.inputType('FocalPointInput', {
  description: 'The place of a picture or video that a crop keeps in sight.',
  fields: (t) => ({
    x: t.float({ required: true, description: 'From 0, at the left, to 1, at the right.' }),
    y: t.float({ required: true, description: 'From 0, at the top, to 1, at the bottom.' }),
  }),
});

const UpdateMaterialInput = builder.inputType('UpdateMaterialInput', {
  description: 'What is left out stays as it is.',
  fields: (t) => ({
    originFilename: t.string({ description: 'At most 1,024 bytes in UTF-8.' }),
    folder: t.string({ description: 'Names with slashes between; empty is the top.' }),
    tags: t.stringList({ description: 'At most 50 of 1 to 100 characters; they replace those that it has.' }),
    visibility: t.field({ type: Visibility, description: 'Who may fetch the bytes.' }),
    focalPoint: t.field({ type: FocalPointInput, description: 'Null takes it away. Sounds have none.' }),
    ifUpdatedAt: t.field({
      type: 'DateTime',
      description:
        'The `updatedAt` that you have seen: MATERIAL_CHANGED, and no change, if it is another now.',
    }),
  }),
});

const MaterialOutcome = builder.objectRef<Outcome>('MaterialOutcome').implement({
  description: 'What became of one of the materials that a mutation names.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'As it was asked for.' }),
    material: t.field({
      type: Material,
      nullable: true,
      description: 'As it is now; null when it was purged, or when there is none that the user may see.',
      resolve: ({ material }) => material,
    }),
    code: t.string({
      nullable: true,
      description: 'Why it was left as it is, such as NOT_FOUND or FORBIDDEN; null when all went well.',
      resolve: ({ error }) => error?.code ?? null,
    }),
    message: t.string({
      nullable: true,
      description: 'The same in the language of the request.',
      resolve: ({ error }, _args, { language }) => error && toPublicError(error, language).message,
    }),
  }),
});

builder.mutationFields((t) => ({
  updateMaterial: t.field({
    type: Material,
    description: 'Changes what people have said of a material.',
    args: {
      id: t.arg.id({ required: true, description: "The material's id." }),
      input: t.arg({ type: UpdateMaterialInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { ctx }) => updateMaterial(ctx, id, input),
  }),
  updateMaterials: t.field({
    type: [MaterialOutcome],
    description: 'Changes several materials in the same way. Answers for each, in the order of `ids`.',
    args: {
      ids: t.arg.idList({ required: true, description: 'At most 100.' }),
      addTags: t.arg.stringList({ description: 'Come behind those that it has.' }),
      removeTags: t.arg.stringList({ description: 'Are taken away, before others are added.' }),
      folder: t.arg.string({ description: 'Where they go; empty is the top.' }),
      visibility: t.arg({ type: Visibility, description: 'Who may fetch the bytes.' }),
    },
    resolve: (_root, args, { ctx }) => updateMaterials(ctx, args),
  }),
  replaceMaterial: t.field({
    type: UploadMaterialResult,
    description:
      'Gives a material other bytes of the same kind. Id, path, folder, tags, visibility and focal point stay; name and type are those of the new file. `url` gets another version.',
    args: {
      id: t.arg.id({ required: true, description: "The material's id." }),
      file: t.arg({ type: 'Upload', required: true, description: 'A part of a multipart request.' }),
    },
    resolve: async (_root, { id, file }, context) =>
      toResult(await replaceMaterial(context.ctx, { id, files: incomingFiles(context, [file], []) })),
  }),
  deleteMaterials: t.field({
    type: [MaterialOutcome],
    description:
      'Puts materials into the trash, which empties itself (TRASH_DAYS): their files are not to be had any more. Answers for each, in the order of `ids`.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100.' }) },
    resolve: (_root, { ids }, { ctx }) => deleteMaterials(ctx, ids),
  }),
  restoreMaterials: t.field({
    type: [MaterialOutcome],
    description:
      'Takes materials out of the trash, to the same URL. Answers for each, in the order of `ids`.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100.' }) },
    resolve: (_root, { ids }, { ctx }) => restoreMaterials(ctx, ids),
  }),
  purgeMaterials: t.field({
    type: [MaterialOutcome],
    description:
      'Removes materials from the trash for ever, and their bytes unless another material shows the same ones. Answers for each, in the order of `ids`.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100.' }) },
    resolve: (_root, { ids }, { ctx }) => purgeMaterials(ctx, ids),
  }),
}));
