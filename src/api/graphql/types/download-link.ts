import { createDownloadLink, type Link } from '../../../services/link/create-download-link.ts';
import { builder } from '../builder.ts';
import { variantArguments } from './image-variant.ts';

export const DownloadLink = builder.objectRef<Link>('DownloadLink').implement({
  description: 'An address that needs no login, for some time.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'Whoever has it gets the bytes.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends.' }),
  }),
});

builder.mutationField('createDownloadLink', (t) =>
  t.field({
    type: DownloadLink,
    description: 'Makes an address at which anybody gets a material, a private one too, until it expires.',
    args: {
      materialId: t.arg.id({ required: true, description: "The material's id." }),
      expiresInSeconds: t.arg.int({ description: '1 second to 7 days; by default an hour.' }),
      download: t.arg.boolean({
        description: 'Save it under its original name instead of showing it; by default true.',
      }),
      ...variantArguments,
    },
    resolve: (_root, args, { ctx }) => createDownloadLink(ctx, args),
  }),
);
