import { requireMall } from '../../../services/access.ts';
import type { MaterialChange } from '../../../services/material/changes.ts';
import { loadMaterials } from '../../../services/material/load-materials.ts';
import { watchMaterials } from '../../../services/material/watch-materials.ts';
import { builder } from '../builder.ts';
import { whileSessionLives } from '../subscriptions/while-session-lives.ts';
import { Material } from './material.ts';

const MaterialAction = builder.enumType('MaterialAction', {
  description: 'What happened to materials.',
  values: {
    CREATED: { description: 'They were uploaded.' },
    UPDATED: { description: 'Something of them changed, such as the placeholder.' },
    TRASHED: { description: 'They went to the trash.' },
    RESTORED: { description: 'They came back from the trash.' },
    PURGED: { description: 'They are gone for ever.' },
    REFRESH: {
      description: 'Ask for what is shown: comes first, and whenever changes may not have been told.',
    },
  } as const,
});

const MaterialsChange = builder.objectRef<MaterialChange>('MaterialsChange').implement({
  description: 'News of materials of one mall.',
  fields: (t) => ({
    action: t.expose('action', { type: MaterialAction, description: 'What happened.' }),
    ids: t.idList({ description: 'Of the materials.', resolve: ({ ids }) => [...ids] }),
    materials: t.field({
      type: [Material],
      description: 'As they are now; those that are gone again are left out.',
      resolve: ({ ids }, _args, { ctx }) => loadMaterials(ctx, ids),
    }),
  }),
});

builder.subscriptionField('materialsChanged', (t) =>
  t.field({
    type: MaterialsChange,
    description: 'Changes of the materials of a mall, on every instance. It ends when the session does.',
    args: { mallId: t.arg.int({ required: true, description: "The mall's number." }) },
    subscribe: (_root, { mallId }, context) =>
      whileSessionLives(
        context,
        (ctx) => watchMaterials(ctx, mallId),
        () => requireMall(context.ctx, mallId, 'read'),
      ),
    resolve: (change) => change,
  }),
);
