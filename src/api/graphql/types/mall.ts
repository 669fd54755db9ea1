import { getMall } from '../../../services/mall/get-mall.ts';
import { listMalls, type MallRecord } from '../../../services/mall/list-malls.ts';
import { builder } from '../builder.ts';

export const Mall = builder.objectRef<MallRecord>('Mall').implement({
  description: 'A tenant: materials, rights and equal bytes are kept apart by mall.',
  fields: (t) => ({
    id: t.exposeInt('id', { description: 'A number, as in URLs of the legacy routes.' }),
    name: t.exposeString('name', { description: 'The name for people.' }),
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
