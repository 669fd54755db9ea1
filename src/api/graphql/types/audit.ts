import type { AuditChanges } from '../../../services/audit/changes.ts';
import type { AuditRecord } from '../../../services/audit/page-of-events.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connection.ts';
import { Material } from './material.ts';
import { User } from './user.ts';

interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

const AuditChange = builder.objectRef<Change>('AuditChange').implement({
  description: 'Something that is other than before. Long texts and lists are cut, with … at their end.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Which, such as `folder`.' }),
    before: t.field({ type: 'JSON', nullable: true, description: 'As it was.', resolve: (c) => c.before }),
    after: t.field({ type: 'JSON', nullable: true, description: 'As it became.', resolve: (c) => c.after }),
  }),
});

const AuditEvent = builder.objectRef<AuditRecord>('AuditEvent').implement({
  description: 'Something that was done, and by whom.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    action: t.exposeString('action', { description: 'What was done to what, such as `material.updated`.' }),
    actor: t.field({
      type: User,
      nullable: true,
      description: 'By whom, under the name of today; null: a command, or the server by itself.',
      resolve: ({ actor }) => actor,
    }),
    mallId: t.exposeInt('mallId', {
      nullable: true,
      description: 'Null for what belongs to no mall, or to one that was deleted.',
    }),
    subjectId: t.exposeString('subjectId', {
      nullable: true,
      description: 'What it was done to: the id of a material, a mall, a user or an API token.',
    }),
    subjectName: t.exposeString('subjectName', {
      nullable: true,
      description: 'The name that it had then.',
    }),
    changes: t.field({
      type: [AuditChange],
      description: 'Field by field; empty where nothing was changed but made, removed or used.',
      resolve: ({ data }) =>
        Object.entries((data?.changes ?? {}) as AuditChanges).map(([field, change]) => ({
          field,
          ...change,
        })),
    }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What more there is to tell, such as `{"expiresAt": …}` of a link or `{"via": "cli"}`.',
      resolve: ({ data }) => {
        const { changes: _, ...rest } = data ?? {};
        return Object.keys(rest).length > 0 ? rest : null;
      },
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'IP address of the client. Only owners of the mall and administrators see it.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'As in the log. Only owners of the mall and administrators see it.',
    }),
    tokenId: t.exposeID('tokenId', {
      nullable: true,
      description: 'The API token that was used. Only owners of the mall and administrators see it.',
    }),
  }),
});

const AuditEventEdge = builder.edgeObject({
  type: AuditEvent,
  name: 'AuditEventEdge',
  description: 'An event and its place in the list.',
});

const AuditEventConnection = builder.connectionObject(
  {
    type: AuditEvent,
    name: 'AuditEventConnection',
    description: 'A page of events (GraphQL Cursor Connections).',
    fields: (t) => ({
      totalCount: t.int({
        description: 'Of all pages; counted only when asked for.',
        resolve: ({ page }) => page.count(),
      }),
    }),
  },
  AuditEventEdge,
);

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      type: AuditEvent,
      description:
        'Who did what when, the newest first, in pages of at most 100: owners see that of their malls, administrators everything.',
      args: {
        mallId: t.arg.int({ description: 'One mall; by default all that the user may manage.' }),
        subjectId: t.arg.string({
          description:
            'What was done to one thing, by its id; malls and users both have numbers, which `action` tells apart.',
        }),
        action: t.arg.string({ description: 'Such as `material.deleted`.' }),
        actorId: t.arg.int({ description: "What one user did, by the user's number." }),
        from: t.arg({ type: 'DateTime', description: 'No earlier than this.' }),
        to: t.arg({ type: 'DateTime', description: 'No later than this.' }),
      },
      resolve: async (_root, args, { ctx }) => {
        // Few read the trail.
        const { listEvents } = await import('../../../services/audit/list-events.ts');
        return toConnection(await listEvents(ctx, args));
      },
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
);

builder.objectFields(Material, (t) => ({
  history: t.connection(
    {
      type: AuditEvent,
      description: 'What was done to it and by whom, the newest first.',
      resolve: async (material, args, { ctx }) => {
        const { materialHistory } = await import('../../../services/audit/material-history.ts');
        return toConnection(await materialHistory(ctx, material, args));
      },
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
}));
