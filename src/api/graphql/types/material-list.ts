import { listMaterials } from '../../../services/material/list-materials.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connection.ts';
import { Material, MaterialKind } from './material.ts';

const ORDERS = {
  CREATED_AT_DESC: { orderBy: 'CREATED_AT', descending: true },
  CREATED_AT_ASC: { orderBy: 'CREATED_AT', descending: false },
  NAME_ASC: { orderBy: 'NAME', descending: false },
  NAME_DESC: { orderBy: 'NAME', descending: true },
  SIZE_ASC: { orderBy: 'SIZE', descending: false },
  SIZE_DESC: { orderBy: 'SIZE', descending: true },
} as const;

const MaterialOrder = builder.enumType('MaterialOrder', {
  description: 'How a list is sorted; where values are equal the id decides, so that pages never overlap.',
  values: Object.keys(ORDERS) as (keyof typeof ORDERS)[],
});

const ByteCountRange = builder.inputType('ByteCountRange', {
  description: 'Both ends included.',
  fields: (t) => ({
    min: t.field({ type: 'ByteCount', description: 'No less than this.' }),
    max: t.field({ type: 'ByteCount', description: 'No more than this.' }),
  }),
});
const IntRange = builder.inputType('IntRange', {
  description: 'Both ends included.',
  fields: (t) => ({
    min: t.int({ description: 'No less than this.' }),
    max: t.int({ description: 'No more than this.' }),
  }),
});
const DateTimeRange = builder.inputType('DateTimeRange', {
  description: 'Both ends included.',
  fields: (t) => ({
    min: t.field({ type: 'DateTime', description: 'No earlier than this.' }),
    max: t.field({ type: 'DateTime', description: 'No later than this.' }),
  }),
});

const MaterialFilter = builder.inputType('MaterialFilter', {
  description: 'Every condition that is given must hold.',
  fields: (t) => ({
    kind: t.field({ type: MaterialKind, description: 'Pictures, videos or sounds only.' }),
    folder: t.string({ description: 'This folder itself, not those inside; empty is the top.' }),
    tag: t.string({ description: 'One of its tags, written exactly so.' }),
    name: t.string({ description: 'Part of the file name, in any case.' }),
    size: t.field({ type: ByteCountRange, description: 'Bytes.' }),
    width: t.field({ type: IntRange, description: 'Pixels as shown.' }),
    height: t.field({ type: IntRange, description: 'Pixels as shown.' }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it was uploaded.' }),
    uploadedBy: t.int({ description: "A user's id." }),
    trashed: t.boolean({ description: 'True: what is in the trash, which lists leave out otherwise.' }),
  }),
});

builder.queryField('materials', (t) =>
  t.connection(
    {
      type: Material,
      description: 'The materials that the user may see, in pages of at most 100.',
      args: {
        mallId: t.arg.int({ description: 'One mall; by default all that the user may see.' }),
        filter: t.arg({ type: MaterialFilter, description: 'Which of them.' }),
        orderBy: t.arg({
          type: MaterialOrder,
          required: true,
          defaultValue: 'CREATED_AT_DESC',
          description: 'By default the newest first.',
        }),
      },
      resolve: async (_root, args, { ctx }) => {
        const { mallId, filter, orderBy, first, after, last, before } = args;
        const page = await listMaterials(ctx, {
          mallId,
          filter,
          ...ORDERS[orderBy],
          first,
          after,
          last,
          before,
        });
        return toConnection(page);
      },
    },
    {
      name: 'MaterialConnection',
      description: 'A page of materials (GraphQL Cursor Connections).',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'Of all pages; counted only when asked for.',
          resolve: ({ page }) => page.count(),
        }),
      }),
    },
    { name: 'MaterialEdge', description: 'A material and its place in the list.' },
  ),
);
