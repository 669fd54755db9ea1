import { type ApiTokenRecord, createApiToken } from '../../../services/account/create-api-token.ts';
import { listApiTokens } from '../../../services/account/list-api-tokens.ts';
import { revokeApiToken } from '../../../services/account/revoke-api-token.ts';
import { builder } from '../builder.ts';
import { Mall } from './mall.ts';

const TokenScope = builder.enumType('ApiTokenScope', {
  description: 'What a script may do of what its owner may.',
  values: {
    READ: { description: 'See malls and materials.' },
    WRITE: { description: 'Upload and change materials.' },
    MANAGE: { description: 'Manage malls, members and users.' },
  } as const,
});

const ApiToken = builder.objectRef<ApiTokenRecord>('ApiToken').implement({
  description: 'A key with which a script acts for the user who made it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID, for `revokeApiToken`.' }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    scopes: t.expose('scopes', { type: [TokenScope], description: 'What it allows.' }),
    mall: t.field({
      type: Mall,
      nullable: true,
      description: 'The one mall that it reaches; null: all that its owner does.',
      resolve: ({ mallId }, _args, { loaders }) => (mallId === null ? null : loaders.malls.load(mallId)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends; null: when it is revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'To within a minute; null: never.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const NewApiToken = builder.objectRef<{ token: string; record: ApiTokenRecord }>('NewApiToken').implement({
  description: 'An API token that was just made.',
  fields: (t) => ({
    token: t.exposeString('token', {
      description: 'For `Authorization: Bearer …`. It is shown only now: the server keeps its hash.',
    }),
    apiToken: t.field({
      type: ApiToken,
      description: 'What is known of it.',
      resolve: ({ record }) => record,
    }),
  }),
});

builder.queryField('apiTokens', (t) =>
  t.field({
    type: [ApiToken],
    description: "The user's API tokens, newest first.",
    resolve: (_root, _args, { ctx }) => listApiTokens(ctx),
  }),
);

builder.mutationField('createApiToken', (t) =>
  t.field({
    type: NewApiToken,
    description: 'Makes a key for a script.',
    args: {
      name: t.arg.string({ required: true, description: 'What it is for, 1 to 100 characters.' }),
      scopes: t.arg({ type: [TokenScope], required: true, description: 'What it allows, at least one.' }),
      mallId: t.arg.int({ description: 'The one mall that it reaches.' }),
      expiresAt: t.arg({ type: 'DateTime', description: 'By default it stays until it is revoked.' }),
    },
    resolve: (_root, args, { ctx }) => createApiToken(ctx, args),
  }),
);

builder.mutationField('revokeApiToken', (t) =>
  t.boolean({
    description: "Ends one of the user's API tokens at once.",
    args: { id: t.arg.id({ required: true, description: 'As in `apiTokens`.' }) },
    resolve: async (_root, { id }, { ctx }) => {
      await revokeApiToken(ctx, id);
      return true;
    },
  }),
);
