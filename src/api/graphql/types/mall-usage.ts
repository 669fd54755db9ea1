import type { KindUsage } from '../../../services/mall/load-usage-by-kind.ts';
import { builder } from '../builder.ts';
import { MallUsage } from './mall.ts';
import { MaterialKind } from './material.ts';

const MallKindUsage = builder.objectRef<KindUsage>('MallKindUsage').implement({
  description: 'What a mall keeps of one kind.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MaterialKind, description: 'Pictures, videos or sounds.' }),
    materials: t.exposeInt('materials', { description: 'Without those in the trash.' }),
    bytes: t.expose('bytes', {
      type: 'ByteCount',
      description: 'Equal bytes are counted once; those in the trash too.',
    }),
  }),
});

builder.objectFields(MallUsage, (t) => ({
  byKind: t.field({
    type: [MallKindUsage],
    description: 'Each kind, also those of which there is nothing; summed up only when asked for.',
    resolve: async ({ id }, _args, { loaders }) => [...((await loaders.usageByKind.load(id)) ?? [])],
  }),
}));
