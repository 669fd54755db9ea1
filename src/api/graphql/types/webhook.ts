import type { DeliveryRecord, WebhookRecord, WebhookWithSecret } from '../../../services/webhook/record.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connection.ts';
import { Mall } from './mall.ts';
import { User } from './user.ts';

const WebhookEvent = builder.enumType('WebhookEvent', {
  description: 'What a webhook can be told. In messages `type` has it as in `material.created`.',
  values: {
    MATERIAL_CREATED: { value: 'material.created', description: 'A material came in.' },
    MATERIAL_UPDATED: { value: 'material.updated', description: 'It is described in another way.' },
    MATERIAL_REPLACED: { value: 'material.replaced', description: 'It has other bytes.' },
    MATERIAL_DELETED: { value: 'material.deleted', description: 'It went to the trash.' },
    MATERIAL_RESTORED: { value: 'material.restored', description: 'It came back.' },
    MATERIAL_PURGED: { value: 'material.purged', description: 'It is gone for ever.' },
    EXPORT_FINISHED: { value: 'export.finished', description: 'A report of the mall was made.' },
    QUOTA_NEAR: {
      value: 'quota.near',
      description: 'An upload took the mall past 90 % of its quota; at most once a day.',
    },
  } as const,
});

const WebhookFormat = builder.enumType('WebhookFormat', {
  description: 'How a message is sent.',
  values: {
    JSON: { description: '`application/json`.' },
    FORM_DATA: {
      description:
        '`multipart/form-data`: the same JSON as the field `payload`, and of a material that came in or was replaced its bytes as `file`.',
    },
  } as const,
});

const WebhookDeliveryState = builder.enumType('WebhookDeliveryState', {
  description: 'What became of a message.',
  values: {
    PENDING: { description: 'It is to be sent, for the first time or again.' },
    DELIVERED: { description: 'The receiver took it.' },
    FAILED: { description: 'It is not tried again.' },
  } as const,
});

const WebhookDelivery = builder.objectRef<DeliveryRecord>('WebhookDelivery').implement({
  description: 'A message to a webhook. It is kept for 30 days.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "A UUID: the message's `webhook-id`, the same at each try." }),
    event: t.exposeString('event', { description: 'Such as `material.created`, or `ping`.' }),
    state: t.expose('state', { type: WebhookDeliveryState, description: 'What became of it.' }),
    attempts: t.exposeInt('attempts', { description: 'Tries so far.' }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'HTTP status of the last try; null: there was no answer.',
    }),
    failure: t.exposeString('failure', {
      nullable: true,
      description:
        'Of the last try: `status` (an answer other than 2xx), `timeout`, `unreachable` (no connection, or not allowed), `protocol`; null: none.',
    }),
    durationMs: t.exposeInt('durationMs', { nullable: true, description: 'Of the last try, milliseconds.' }),
    payload: t.field({
      type: 'JSON',
      description: 'What is told.',
      resolve: async ({ payload }, _args, { ctx }) => {
        const { completePayload } = await import('../../../services/webhook/payload.ts');
        return completePayload(ctx, payload);
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
    dueAt: t.expose('dueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; null: it is not.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was taken or given up.',
    }),
  }),
});

const Webhook = builder.objectRef<WebhookRecord>('Webhook').implement({
  description: "An address that is told what happens in a mall. The mall's owners and administrators see it.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    mall: t.field({
      type: Mall,
      nullable: true,
      description: 'Whose it is.',
      resolve: ({ mallId }, _args, { loaders }) => loaders.malls.load(mallId),
    }),
    url: t.exposeString('url', { description: 'Where messages are sent.' }),
    events: t.field({
      type: [WebhookEvent],
      description: 'What it is told.',
      resolve: ({ events }) => events as readonly (typeof WebhookEvent.$inferType)[],
    }),
    format: t.expose('format', { type: WebhookFormat, description: 'How messages are sent.' }),
    enabled: t.exposeBoolean('enabled', {
      description:
        'False: nothing is sent and nothing added. It becomes false where the receiver answers 410, or takes nothing for days.',
    }),
    createdBy: t.field({
      type: User,
      nullable: true,
      description: 'Who made it.',
      resolve: ({ createdBy }, _args, { loaders }) =>
        createdBy === null ? null : loaders.users.load(createdBy),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    deliveries: t.connection(
      {
        type: WebhookDelivery,
        description: 'What it was told, or is to be, the newest first, in pages of at most 100.',
        args: { state: t.arg({ type: WebhookDeliveryState, description: 'Those of one state.' }) },
        resolve: async (webhook, args, { ctx }) => {
          const { listDeliveries } = await import('../../../services/webhook/list-deliveries.ts');
          return toConnection(await listDeliveries(ctx, webhook, args));
        },
      },
      {
        name: 'WebhookDeliveryConnection',
        description: 'A page of messages (GraphQL Cursor Connections).',
        fields: (connection) => ({
          totalCount: connection.int({
            description: 'Of all pages; counted only when asked for.',
            resolve: ({ page }) => page.count(),
          }),
        }),
      },
      { name: 'WebhookDeliveryEdge', description: 'A message and its place in the list.' },
    ),
  }),
});

const WebhookSecret = builder.objectRef<WebhookWithSecret>('WebhookSecret').implement({
  description: 'A webhook whose secret was just made.',
  fields: (t) => ({
    secret: t.exposeString('secret', {
      description:
        '`whsec_…`, with which receivers verify signatures (Standard Webhooks). It is shown only now.',
    }),
    webhook: t.field({
      type: Webhook,
      description: 'The webhook.',
      resolve: ({ webhook }) => webhook,
    }),
  }),
});

builder.objectFields(Mall, (t) => ({
  webhooks: t.field({
    type: [Webhook],
    nullable: true,
    description:
      "Addresses that are told what happens here, the oldest first; null for those who may not see them: the mall's owners and administrators may.",
    resolve: ({ id }, _args, { loaders }) => loaders.webhooks.load(id),
  }),
}));

const webhookId = { required: true, description: "The webhook's id." } as const;

builder.queryField('webhook', (t) =>
  t.field({
    type: Webhook,
    nullable: true,
    description: 'One webhook, or null when there is none in a mall that the user sees.',
    args: { id: t.arg.id(webhookId) },
    resolve: async (_root, { id }, { ctx }) => {
      const { getWebhook } = await import('../../../services/webhook/get-webhook.ts');
      return await getWebhook(ctx, id);
    },
  }),
);

builder.mutationField('createWebhook', (t) =>
  t.field({
    type: WebhookSecret,
    description: 'Has an address told what happens in a mall. For its owners and administrators.',
    args: {
      mallId: t.arg.int({ required: true, description: 'The mall.' }),
      url: t.arg.string({
        required: true,
        description: 'An http or https address; private ones are refused.',
      }),
      events: t.arg({ type: [WebhookEvent], required: true, description: 'What it is told, at least one.' }),
      format: t.arg({ type: WebhookFormat, description: 'By default `JSON`.' }),
    },
    resolve: async (_root, args, { ctx }) => {
      const { createWebhook } = await import('../../../services/webhook/create-webhook.ts');
      return await createWebhook(ctx, args);
    },
  }),
);

builder.mutationField('updateWebhook', (t) =>
  t.field({
    type: Webhook,
    description: 'Changes a webhook. What waits is sent as it says then.',
    args: {
      id: t.arg.id(webhookId),
      url: t.arg.string({ description: 'By default as it is, like the following ones.' }),
      events: t.arg({ type: [WebhookEvent], description: 'At least one.' }),
      format: t.arg({ type: WebhookFormat, description: 'How messages are sent.' }),
      enabled: t.arg.boolean({
        description: 'False: what waits goes on waiting, and what happens meanwhile is not told.',
      }),
    },
    resolve: async (_root, args, { ctx }) => {
      const { updateWebhook } = await import('../../../services/webhook/update-webhook.ts');
      return await updateWebhook(ctx, args);
    },
  }),
);

builder.mutationField('rotateWebhookSecret', (t) =>
  t.field({
    type: WebhookSecret,
    description: 'Gives a webhook another secret. For a day messages are signed by both.',
    args: { id: t.arg.id(webhookId) },
    resolve: async (_root, { id }, { ctx }) => {
      const { rotateWebhookSecret } = await import('../../../services/webhook/rotate-webhook-secret.ts');
      return await rotateWebhookSecret(ctx, id);
    },
  }),
);

builder.mutationField('deleteWebhook', (t) =>
  t.boolean({
    description: 'Removes a webhook with its messages.',
    args: { id: t.arg.id(webhookId) },
    resolve: async (_root, { id }, { ctx }) => {
      const { deleteWebhook } = await import('../../../services/webhook/delete-webhook.ts');
      await deleteWebhook(ctx, id);
      return true;
    },
  }),
);

builder.mutationField('pingWebhook', (t) =>
  t.field({
    type: WebhookDelivery,
    description: 'Sends a message of the type `ping`, to see that a webhook works.',
    args: { id: t.arg.id(webhookId) },
    resolve: async (_root, { id }, { ctx }) => {
      const { pingWebhook } = await import('../../../services/webhook/ping-webhook.ts');
      return await pingWebhook(ctx, id);
    },
  }),
);

builder.mutationField('redeliverWebhook', (t) =>
  t.field({
    type: WebhookDelivery,
    description: 'Sends a message again, under its id.',
    args: { deliveryId: t.arg.id({ required: true, description: "The message's id." }) },
    resolve: async (_root, { deliveryId }, { ctx }) => {
      const { redeliverWebhook } = await import('../../../services/webhook/redeliver-webhook.ts');
      return await redeliverWebhook(ctx, deliveryId);
    },
  }),
);
