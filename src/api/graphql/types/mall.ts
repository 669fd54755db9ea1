import { getMall } from '../../../services/mall/get-mall.ts';
import { listMalls, type MallRecord } from '../../../services/mall/list-malls.ts';
import { builder } from '../builder.ts';

export const Mall = builder.objectRef<MallRecord>('Mall').implement({
  fields: (t) => ({
    id: t.exposeInt('id'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
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
    args: { id: t.arg.int({ required: true }) },
    resolve: (_root, { id }, { ctx }) => getMall(ctx, id),
  }),
);
