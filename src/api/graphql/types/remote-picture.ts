import { type AppError, type ErrorDefinition, errorCatalogue, toPublicError } from '../../../errors.ts';
import { type AvatarFault, fetchAvatar } from '../../../services/image-fetch/fetch-avatar.ts';
import type { Provenance } from '../../../services/image-fetch/load-provenance.ts';
import { type SaveImageOutcome, saveImage } from '../../../services/image-fetch/save-image.ts';
import { saveImages } from '../../../services/image-fetch/save-images.ts';
import { fileUrl } from '../../../services/material/file-url.ts';
import { builder } from '../builder.ts';
import { Material } from './material.ts';
import { ownRecord, User } from './user.ts';

const ProvenanceType = builder.objectRef<Provenance>('Provenance').implement({
  description: 'Where a material was fetched from.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'The address, without credentials and fragment.' }),
    fetchedAt: t.expose('fetchedAt', { type: 'DateTime', description: 'When it was asked.' }),
    etag: t.exposeString('etag', {
      nullable: true,
      description: 'The `ETag` of its answer, to find out whether it has something new.',
    }),
  }),
});

builder.objectField(Material, 'provenance', (t) =>
  t.field({
    type: ProvenanceType,
    nullable: true,
    description:
      'Where the bytes that it had at first were fetched from. Null for what was uploaded, and for the avatars of others.',
    resolve: ({ id, source }, _args, { loaders }) =>
      source === 'REMOTE' || source === 'AVATAR' ? loaders.provenances.load(id) : null,
  }),
);

builder.objectField(User, 'avatar', (t) =>
  t.field({
    type: Material,
    nullable: true,
    description: 'The picture that `fetchAvatar` made; everybody who has its address gets it.',
    resolve: async (user, _args, { ctx, loaders }) => {
      if (user.avatar) return user.avatar;
      const avatarId = user.avatarId === undefined ? (await ownRecord(ctx)).avatarId : user.avatarId;
      return avatarId === null ? null : await loaders.avatars.load(avatarId);
    },
  }),
);

const AvatarFaultEnum = builder.enumType('AvatarFault', {
  description: 'Why an avatar was not fetched.',
  values: {
    UNREACHABLE: {
      description: 'The address cannot be reached, may not be reached, or gave no whole answer in time.',
    },
    TOO_LARGE: { description: 'It gives too many bytes, or a picture of too many pixels.' },
    NOT_AN_IMAGE: { description: 'It gives something else, or a damaged picture.' },
  } satisfies Record<AvatarFault, { description: string }>,
});

const FetchAvatarFailure = builder
  .objectRef<{ error: AppError; fault: AvatarFault }>('FetchAvatarFailure')
  .implement({
    description: 'An avatar that was not fetched; the one before stays.',
    fields: (t) => ({
      code: t.string({ description: 'AVATAR_DOWNLOAD_FAILED.', resolve: ({ error }) => error.code }),
      legacyCode: t.int({
        nullable: true,
        description: '53003, as the legacy services had it.',
        resolve: ({ error }) => (errorCatalogue[error.code] as ErrorDefinition).legacyCode ?? null,
      }),
      message: t.string({
        description: 'In the language of the request.',
        resolve: ({ error }, _args, { language }) => toPublicError(error, language).message,
      }),
      reason: t.expose('fault', { type: AvatarFaultEnum, description: 'Why.' }),
    }),
  });

const FetchAvatarResult = builder.unionType('FetchAvatarResult', {
  description: 'The user with the new avatar, or why there is none.',
  types: [User, FetchAvatarFailure],
  resolveType: (value) => ('error' in value ? FetchAvatarFailure : User),
});

const SaveImageResult = builder.objectRef<SaveImageOutcome>('SaveImageResult').implement({
  description: 'What became of one address.',
  fields: (t) => ({
    sourceUrl: t.exposeString('url', { description: 'The address as it was asked for.' }),
    success: t.boolean({
      description: 'Whether the picture is kept.',
      resolve: (outcome) => 'material' in outcome,
    }),
    name: t.string({
      nullable: true,
      description: 'Last part of `path`.',
      resolve: (outcome) =>
        'material' in outcome ? (outcome.material.basePath.split('/').at(-1) ?? null) : null,
    }),
    path: t.string({
      nullable: true,
      description: 'The `basePath` of the material: path of the file, after `/files`.',
      resolve: (outcome) => ('material' in outcome ? outcome.material.basePath : null),
    }),
    url: t.string({
      nullable: true,
      description: 'Address of the kept bytes.',
      resolve: (outcome, _args, { ctx }) => ('material' in outcome ? fileUrl(ctx, outcome.material) : null),
    }),
    material: t.field({
      type: Material,
      nullable: true,
      description: 'What it became.',
      resolve: (outcome) => ('material' in outcome ? outcome.material : null),
    }),
    code: t.string({
      nullable: true,
      description:
        'Why it was not kept: REMOTE_UNREACHABLE, REMOTE_TOO_LARGE, REMOTE_NOT_AN_IMAGE, QUOTA_EXCEEDED; null when all went well.',
      resolve: (outcome) => ('error' in outcome ? outcome.error.code : null),
    }),
    message: t.string({
      nullable: true,
      description: 'The same in the language of the request.',
      resolve: (outcome, _args, { language }) =>
        'error' in outcome ? toPublicError(outcome.error, language).message : null,
    }),
  }),
});

builder.mutationFields((t) => ({
  fetchAvatar: t.field({
    type: FetchAvatarResult,
    description:
      "Makes a picture from elsewhere the caller's avatar: drawn anew, at most 1024 pixels either way. The one before is removed.",
    args: { url: t.arg.string({ required: true, description: 'http or https.' }) },
    resolve: async (_root, { url }, { ctx, allowTime }) => {
      allowTime(ctx.imageFetches.longestMs(1));
      const outcome = await fetchAvatar(ctx, url);
      return 'error' in outcome ? outcome : { ...outcome.user, avatar: outcome.avatar };
    },
  }),
  saveImage: t.field({
    type: SaveImageResult,
    description: 'Keeps a picture from elsewhere in a mall, byte for byte.',
    args: {
      mallId: t.arg.int({ required: true, description: 'The mall that gets it.' }),
      url: t.arg.string({ required: true, description: 'http or https.' }),
      folder: t.arg.string({ description: 'Where it appears in the mall; by default `etp_qr_img`.' }),
    },
    resolve: async (_root, args, { ctx, allowTime }) => {
      allowTime(ctx.imageFetches.longestMs(1));
      return await saveImage(ctx, args);
    },
  }),
  saveImages: t.field({
    type: [SaveImageResult],
    description:
      'The same for several addresses, two at a time. Answers for each, in the order of `urls`; equal ones are fetched once and share their material.',
    args: {
      mallId: t.arg.int({ required: true, description: 'The mall that gets them.' }),
      urls: t.arg.stringList({ required: true, description: 'At most 20.' }),
      folder: t.arg.string({ description: 'Where they appear in the mall; by default `etp_qr_img`.' }),
    },
    resolve: async (_root, args, { ctx, allowTime }) => {
      allowTime(ctx.imageFetches.longestMs(args.urls.length));
      return await saveImages(ctx, args);
    },
  }),
}));
