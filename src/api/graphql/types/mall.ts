import { createMall } from '../../../services/mall/create-mall.ts';
import { deleteMall } from '../../../services/mall/delete-mall.ts';
import { getMall } from '../../../services/mall/get-mall.ts';
import { listMalls } from '../../../services/mall/list-malls.ts';
import type { MallRecord } from '../../../services/mall/record.ts';
import { updateMall } from '../../../services/mall/update-mall.ts';
import { builder } from '../builder.ts';
import { Visibility } from './visibility.ts';

export const MallUsage = builder.objectRef<MallRecord>('MallUsage').implement({
  description: 'What a mall keeps, and how much it may.',
  fields: (t) => ({
    bytes: t.expose('usedBytes', {
      type: 'ByteCount',
      description: 'Equal bytes are counted once; those in the trash too.',
    }),
    quotaBytes: t.expose('quotaBytes', {
      type: 'ByteCount',
      nullable: true,
      description: 'As many bytes as it may keep; null: no limit.',
    }),
    materials: t.int({
      description: 'Materials, without those in the trash; counted only when asked for.',
      resolve: async ({ id }, _args, { loaders }) => (await loaders.materialCounts.load(id)) ?? 0,
    }),
  }),
});

export const Mall = builder.objectRef<MallRecord>('Mall').implement({
  description: 'A tenant: materials, rights and equal bytes are kept apart by mall.',
  fields: (t) => ({
    id: t.exposeInt('id', { description: 'A number, as in URLs of the legacy routes.' }),
    name: t.exposeString('name', { description: 'The name for people.' }),
    usage: t.field({ type: MallUsage, description: 'What it keeps.', resolve: (mall) => mall }),
    defaultVisibility: t.expose('defaultVisibility', {
      type: Visibility,
      description: 'Of new materials.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the mall was made.' }),
  }),
});

builder.queryField('malls', (t) =>
  t.field({
    type: [Mall],
    description: 'The malls that the user may see.',
    resolve: (_root, _args, { ctx }) => listMalls(ctx),
  }),
);

builder.queryField('mall', (t) =>
  t.field({
    type: Mall,
    nullable: true,
    description: 'One mall, or null when there is none that the user may see.',
    args: { id: t.arg.int({ required: true, description: "The mall's number." }) },
    resolve: (_root, { id }, { ctx }) => getMall(ctx, id),
  }),
);

builder.mutationField('createMall', (t) =>
  t.field({
    type: Mall,
    description: 'Makes a mall. For administrators.',
    args: {
      name: t.arg.string({ required: true, description: '1 to 100 characters.' }),
      quotaBytes: t.arg({ type: 'ByteCount', description: 'By default there is no limit.' }),
    },
    resolve: (_root, args, { ctx }) => createMall(ctx, args),
  }),
);

builder.mutationField('updateMall', (t) =>
  t.field({
    type: Mall,
    description: 'Changes a mall: owners and administrators its name and defaults, administrators its quota.',
    args: {
      id: t.arg.int({ required: true, description: "The mall's number." }),
      name: t.arg.string({ description: '1 to 100 characters; by default as it is.' }),
      quotaBytes: t.arg({
        type: 'ByteCount',
        description:
          'Left out: as it is; null: no limit. Below what is kept, nothing more comes in and nothing is lost.',
      }),
      defaultVisibility: t.arg({ type: Visibility, description: 'Of new materials; by default as it is.' }),
    },
    resolve: (_root, { id, ...changes }, { ctx }) => updateMall(ctx, { mallId: id, ...changes }),
  }),
);

builder.mutationField('deleteMall', (t) =>
  t.boolean({
    description: 'Removes a mall that has no materials, not even in the trash. For administrators.',
    args: { id: t.arg.int({ required: true, description: "The mall's number." }) },
    resolve: async (_root, { id }, { ctx }) => {
      await deleteMall(ctx, id);
      return true;
    },
  }),
);
