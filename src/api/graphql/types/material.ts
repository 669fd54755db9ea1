import { getMaterial } from '../../../services/material/get-material.ts';
import type { MaterialRecord } from '../../../services/material/record.ts';
import { posterUrl, variantUrl } from '../../../services/material/variant/variant-url.ts';
import { builder } from '../builder.ts';
import { variantArguments } from './image-variant.ts';
import { Mall } from './mall.ts';
import { User } from './user.ts';
import { Visibility } from './visibility.ts';

export const MaterialKind = builder.enumType('MaterialKind', {
  description: 'What a file is, by its bytes.',
  values: ['IMAGE', 'VIDEO', 'AUDIO'] as const,
});
const MaterialSource = builder.enumType('MaterialSource', {
  description: 'How a material came in: into a mall, or as a site file.',
  values: ['UPLOAD', 'TEMPLATE', 'REMOTE', 'AVATAR'] as const,
});

const FocalPoint = builder.objectRef<{ x: number; y: number }>('FocalPoint').implement({
  description: 'The place of a picture or video that a crop keeps in sight.',
  fields: (t) => ({
    x: t.exposeFloat('x', { description: 'From 0, at the left, to 1, at the right.' }),
    y: t.exposeFloat('y', { description: 'From 0, at the top, to 1, at the bottom.' }),
  }),
});

export const Material = builder.objectRef<MaterialRecord>('Material').implement({
  description: 'A picture, video or sound of the library.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    mall: t.field({
      type: Mall,
      nullable: true,
      description: 'Null for site files.',
      resolve: ({ mallId }, _args, { loaders }) => (mallId === null ? null : loaders.malls.load(mallId)),
    }),
    kind: t.expose('kind', { type: MaterialKind, description: 'Picture, video or sound.' }),
    originFilename: t.exposeString('originFilename', { description: 'The file name as the client sent it.' }),
    basePath: t.exposeString('basePath', { description: 'Path of the file, after `/files`.' }),
    url: t.string({
      description:
        'Address of the bytes; it changes when they do, so it may be cached for ever. With arguments that of a picture made to measure; only pictures heed them.',
      args: variantArguments,
      resolve: (material, args, { ctx }) => variantUrl(ctx, material, args),
    }),
    posterUrl: t.string({
      nullable: true,
      description:
        'Address of a still picture that stands for a video. Null for anything else, and where the server has no ffmpeg.',
      args: variantArguments,
      resolve: (material, args, { ctx }) => posterUrl(ctx, material, args),
    }),
    mimeType: t.exposeString('mimeType', { description: 'The type that the bytes have.' }),
    size: t.expose('size', { type: 'ByteCount', description: 'Bytes.' }),
    sha256: t.exposeString('sha256', { description: 'SHA-256 of the bytes, in hex.' }),
    width: t.exposeInt('width', { nullable: true, description: 'Pixels as shown: orientation applied.' }),
    height: t.exposeInt('height', { nullable: true, description: 'Pixels as shown: orientation applied.' }),
    durationMs: t.exposeInt('durationMs', {
      nullable: true,
      description: 'Of videos and sounds, milliseconds.',
    }),
    codec: t.exposeString('codec', { nullable: true, description: 'Of the first video or audio track.' }),
    frames: t.exposeInt('frames', { nullable: true, description: 'Of pictures: more than 1 when animated.' }),
    placeholder: t.exposeString('placeholder', {
      nullable: true,
      description: 'A tiny blurred picture as a thumbhash in base64; null until it is made.',
    }),
    damaged: t.exposeBoolean('damaged', { description: 'The picture turned out not to decode.' }),
    folder: t.exposeString('folder', { description: 'Names with slashes between; empty at the top.' }),
    tags: t.exposeStringList('tags', { description: 'Words to find it by.' }),
    visibility: t.expose('visibility', { type: Visibility, description: 'Who may fetch the bytes.' }),
    focalPoint: t.field({
      type: FocalPoint,
      nullable: true,
      description: 'What a crop keeps in sight; null: nobody has said so.',
      resolve: ({ focalX, focalY }) => (focalX === null || focalY === null ? null : { x: focalX, y: focalY }),
    }),
    source: t.expose('source', {
      type: MaterialSource,
      description:
        'How it came in: uploaded, as a site file, fetched from an address, or fetched as an avatar.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was uploaded.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'In the trash since; null when it is not there.',
    }),
    uploadedBy: t.field({
      type: User,
      nullable: true,
      description: 'Who uploaded it.',
      resolve: ({ uploadedBy }, _args, { loaders }) =>
        uploadedBy === null ? null : loaders.users.load(uploadedBy),
    }),
  }),
});

builder.queryField('material', (t) =>
  t.field({
    type: Material,
    nullable: true,
    description: 'One material, or null when there is none that the user may see.',
    args: {
      id: t.arg.id({ required: true, description: "The material's id." }),
      trashed: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'True: also one in the trash, whose file nobody gets.',
      }),
    },
    resolve: (_root, { id, trashed }, { ctx }) => getMaterial(ctx, id, { trashed }),
  }),
);
