import { type FolderRecord, listFolders } from '../../../services/material/list-folders.ts';
import { builder } from '../builder.ts';

const Folder = builder.objectRef<FolderRecord>('Folder').implement({
  description: 'A folder that materials lie in.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As in `Material.folder`; never empty.' }),
    materials: t.int({
      description:
        'Materials in this folder itself, without those in the trash; counted only when asked for.',
      resolve: async (folder, _args, { loaders }) => (await loaders.folderCounts.load(folder)) ?? 0,
    }),
  }),
});

builder.queryField('folders', (t) =>
  t.field({
    type: [Folder],
    description: 'The folders that materials of a mall lie in, without the top, sorted by code point.',
    args: {
      mallId: t.arg.int({ required: true, description: "The mall's number." }),
      prefix: t.arg.string({ description: 'What they begin with, in this case; by default anything.' }),
      first: t.arg.int({ description: '0 to 100; by default 100.' }),
    },
    resolve: (_root, args, { ctx }) => listFolders(ctx, args),
  }),
);
