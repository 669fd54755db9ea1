import { type Access, forAll, ofAdmins, ofMall, ofOneUser, ofReaders, ofSessions } from './access.ts';
import type { Target, World } from './world.ts';

export interface Rule {
  readonly document: string;
  readonly access: Access;
  /** Without it the field is about nothing of a mall, and asked once. */
  readonly variables?: (target: Target, world: World) => object | Promise<object>;
  /** Sent along, for the variable `file`. */
  readonly file?: string;
  /** The session of the caller is over afterwards. */
  readonly endsSession?: true;
}

/** An address that nobody may have fetched. */
const REFUSED = 'http://127.0.0.1:1/';

/** A rule for each root field of the schema: a new field without one fails the test. */
export const rules: Readonly<Record<string, Rule>> = {
  'Query.me': {
    document: '{ me { id } }',
    access: forAll('ok', { visitor: 'null' }),
  },
  'Query.mall': {
    document: 'query ($mallId: Int!) { mall(id: $mallId) { id name } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'null'),
  },
  'Query.malls': {
    document: '{ malls { id } }',
    access: ofMall('READ', 'viewer', 'empty'),
  },
  'Query.material': {
    document: 'query ($materialId: ID!) { material(id: $materialId) { id mall { id } uploadedBy { id } } }',
    variables: ({ materialId }) => ({ materialId }),
    access: ofMall('READ', 'viewer', 'null'),
  },
  'Query.materials': {
    document: 'query ($mallId: Int!) { materials(mallId: $mallId) { totalCount edges { node { id } } } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'empty'),
  },
  'Query.folders': {
    document: 'query ($mallId: Int!) { folders(mallId: $mallId) { name materials } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'Query.auditEvents': {
    document: `query ($mallId: Int!) {
      auditEvents(mallId: $mallId, first: 1) {
        totalCount
        edges { node { mallId address requestId tokenId changes { before } actor { id username } } }
      }
    }`,
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Query.sessions': {
    document: '{ sessions { id } }',
    access: ofSessions(),
  },
  'Query.apiTokens': {
    document: '{ apiTokens { id } }',
    access: (role) => {
      const access = ofSessions()(role, 'own');
      // Two of the roles have made the tokens of the others.
      return access === 'ok' && role !== 'owner' && role !== 'admin' ? 'empty' : access;
    },
  },
  'Query.exportJob': {
    document: 'query ($exportJobId: ID!) { exportJob(id: $exportJobId) { id user { id } error { code } } }',
    variables: ({ exportJobId }) => ({ exportJobId }),
    access: ofOneUser('READ', 'null'),
  },
  'Query.exportJobs': {
    document: '{ exportJobs(all: true) { totalCount edges { node { id } } } }',
    variables: () => ({}),
    access: ofAdmins('READ', 'ok'),
  },
  'Mutation.startExport': {
    document: `mutation ($mallId: Int!) {
      startExport(report: "materials", mallId: $mallId, startTime: "2026-11-01", endTime: "2026-11-01") { report }
    }`,
    variables: async ({ mallId }, world) => {
      await world.sql`update export_jobs set state = 'CANCELLED' where state in ('QUEUED', 'RUNNING')`;
      return { mallId };
    },
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'Mutation.cancelExport': {
    document: 'mutation ($exportJobId: ID!) { cancelExport(id: $exportJobId) { id } }',
    variables: ({ exportJobId }) => ({ exportJobId }),
    access: ofOneUser('READ', 'NOT_FOUND'),
  },
  'Mutation.createExportJobLink': {
    document: 'mutation ($exportJobId: ID!) { createExportJobLink(id: $exportJobId) { url } }',
    variables: ({ exportJobId }) => ({ exportJobId }),
    access: ofOneUser('READ', 'NOT_FOUND'),
  },
  'Subscription.exportProgress': {
    document: 'subscription ($exportJobId: ID!) { exportProgress(jobId: $exportJobId) { state } }',
    variables: ({ exportJobId }) => ({ exportJobId }),
    access: ofOneUser('READ', 'NOT_FOUND'),
  },
  'Mutation.login': {
    document: `mutation ($username: String!) {
      login(username: $username, password: "no such password") { user { id } }
    }`,
    variables: () => ({ username: crypto.randomUUID() }),
    access: forAll('INVALID_CREDENTIALS'),
  },
  'Mutation.logout': {
    document: 'mutation { logout }',
    access: (role) => (role.endsWith('Token') ? 'FORBIDDEN' : 'ok'),
    endsSession: true,
  },
  'Mutation.logoutEverywhere': {
    document: 'mutation { logoutEverywhere }',
    access: ofSessions(true),
    endsSession: true,
  },
  'Mutation.changePassword': {
    document: `mutation ($old: String!) {
      changePassword(currentPassword: $old, newPassword: "another password, also for tests") { id }
    }`,
    variables: (_target, world) => ({ old: world.password }),
    // The administrator has another one.
    access: (role) => (role === 'admin' ? 'INVALID_CREDENTIALS' : ofSessions(true)(role, 'own')),
    endsSession: true,
  },
  'Mutation.revokeSession': {
    document: 'mutation ($id: ID!) { revokeSession(id: $id) }',
    // Of somebody else, whoever asks.
    variables: async ({ username }, world) => {
      const [session] = await world.sql`
        select id_hash from sessions join users on users.id = user_id where username = ${username} limit 1`;
      return { id: session?.id_hash ?? '0'.repeat(64) };
    },
    access: (role) => {
      const access = ofSessions()(role, 'own');
      return access === 'ok' ? 'NOT_FOUND' : access;
    },
  },
  'Query.webhook': {
    document: `query ($id: ID!) {
      webhook(id: $id) { url deliveries { edges { node { payload } } } }
    }`,
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).webhookId }),
    access: ofMall('MANAGE', 'owner', 'null'),
  },
  'Mutation.createWebhook': {
    document: `mutation ($mallId: Int!) {
      createWebhook(mallId: $mallId, url: "https://hooks.invalid/", events: MATERIAL_CREATED) {
        webhook { id }
      }
    }`,
    variables: async ({ mallId }, world) => {
      // A mall has only so many.
      await world.sql`delete from webhooks`;
      return { mallId };
    },
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.updateWebhook': {
    document: 'mutation ($id: ID!) { updateWebhook(id: $id, enabled: false) { id } }',
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).webhookId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.rotateWebhookSecret': {
    document: 'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { webhook { id } } }',
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).webhookId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.deleteWebhook': {
    document: 'mutation ($id: ID!) { deleteWebhook(id: $id) }',
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).webhookId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.pingWebhook': {
    document: 'mutation ($id: ID!) { pingWebhook(id: $id) { id payload } }',
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).webhookId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.redeliverWebhook': {
    document: 'mutation ($id: ID!) { redeliverWebhook(deliveryId: $id) { id payload } }',
    variables: async (target, world) => ({ id: (await webhookOf(target, world)).deliveryId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.createApiToken': {
    document:
      'mutation ($mallId: Int) { createApiToken(name: "made", scopes: READ, mallId: $mallId) { token } }',
    variables: ({ mallId }) => ({ mallId }),
    access: (role, reach) =>
      role.endsWith('Token') ? 'FORBIDDEN' : ofMall('READ', 'viewer', 'NOT_FOUND')(role, reach),
  },
  'Mutation.revokeApiToken': {
    document: 'mutation ($id: ID!) { revokeApiToken(id: $id) }',
    variables: async ({ userId }, world) => {
      const id = Bun.randomUUIDv7();
      const [user] = await world.sql`select id from users where id = ${userId}`;
      if (user) {
        await world.sql`insert into api_tokens (id, user_id, name, token_hash, scopes)
          values (${id}, ${userId}, 'of somebody else', ${id}, '{READ}')`;
      }
      return { id };
    },
    access: (role) => {
      const access = ofSessions()(role, 'own');
      return access === 'ok' ? 'NOT_FOUND' : access;
    },
  },
  'Mutation.uploadMaterials': {
    document: 'mutation ($mallId: Int!) { uploadMaterials(mallId: $mallId, files: []) { __typename } }',
    variables: ({ mallId }) => ({ mallId }),
    access: (role, reach) => {
      const access = ofMall('WRITE', 'editor', 'NOT_FOUND')(role, reach);
      return access === 'ok' ? 'empty' : access;
    },
  },
  'Query.users': {
    document: '{ users(first: 1) { edges { node { id memberships { mall { id } } } } } }',
    access: ofAdmins('MANAGE', 'ok'),
  },
  'Query.user': {
    document: 'query ($userId: Int!) { user(id: $userId) { id disabled memberships { mall { id } } } }',
    variables: ({ userId }) => ({ userId }),
    access: ofAdmins('READ', 'null', 'null'),
  },
  'Mutation.createUser': {
    document: 'mutation ($name: String!) { createUser(username: $name, role: MEMBER) { user { id } } }',
    variables: () => ({ name: crypto.randomUUID() }),
    access: ofAdmins('MANAGE', 'ok'),
  },
  'Mutation.updateUser': {
    document: 'mutation ($userId: Int!) { updateUser(id: $userId, disabled: true) { id } }',
    variables: ({ userId }) => ({ userId }),
    access: ofAdmins('MANAGE', 'NOT_FOUND'),
  },
  'Mutation.resetPassword': {
    document: 'mutation ($userId: Int!) { resetPassword(userId: $userId) { user { id } } }',
    variables: ({ userId }) => ({ userId }),
    access: ofAdmins('MANAGE', 'NOT_FOUND'),
  },
  'Mutation.createMall': {
    document: 'mutation { createMall(name: "Made") { id } }',
    access: ofAdmins('MANAGE', 'ok'),
  },
  'Mutation.updateMall': {
    document: 'mutation ($mallId: Int!) { updateMall(id: $mallId, name: "Renamed") { id } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.deleteMall': {
    document: 'mutation ($mallId: Int!) { deleteMall(id: $mallId) }',
    variables: ({ mallId }) => ({ mallId }),
    // The malls have materials.
    access: (role, reach) => {
      const access = ofAdmins('MANAGE', 'NOT_FOUND')(role, reach);
      return access === 'ok' ? 'MALL_NOT_EMPTY' : access;
    },
  },
  'Mutation.setMallMember': {
    document: `mutation ($mallId: Int!, $userId: Int!) {
      setMallMember(mallId: $mallId, userId: $userId, role: EDITOR) { role }
    }`,
    variables: ({ mallId, userId }) => ({ mallId, userId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.removeMallMember': {
    document:
      'mutation ($mallId: Int!, $userId: Int!) { removeMallMember(mallId: $mallId, userId: $userId) }',
    variables: ({ mallId, userId }) => ({ mallId, userId }),
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'Mutation.createDownloadLink': {
    document: 'mutation ($materialId: ID!) { createDownloadLink(materialId: $materialId) { url } }',
    variables: ({ materialId }) => ({ materialId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'Query.reports': {
    document: '{ reports { name columns { key } filters { name } } }',
    access: (role) => {
      if (role === 'visitor') return 'LOGIN_REQUIRED';
      if (role === 'fresh') return 'PASSWORD_CHANGE_REQUIRED';
      return role === 'writeToken' || role === 'manageToken' ? 'FORBIDDEN' : 'ok';
    },
  },
  'Query.reportCount': {
    document: `query ($mallId: Int!) {
      reportCount(report: "materials", mallId: $mallId, startTime: "2026-01-01", endTime: "2099-12-31")
    }`,
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'Mutation.createExportLink': {
    document: `mutation ($mallId: Int!) {
      createExportLink(report: "usage", mallId: $mallId, startTime: "2026-01-01", endTime: "2099-12-31") { url }
    }`,
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'Mutation.updateMaterial': {
    document:
      'mutation ($materialId: ID!) { updateMaterial(id: $materialId, input: { tags: ["x"] }) { id } }',
    variables: ({ materialId }) => ({ materialId }),
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.updateMaterials': {
    document: 'mutation ($ids: [ID!]!) { updateMaterials(ids: $ids, addTags: ["x"]) { code } }',
    variables: ({ materialId }) => ({ ids: [materialId] }),
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.replaceMaterial': {
    document: `mutation ($materialId: ID!, $file: Upload!) {
      replaceMaterial(id: $materialId, file: $file) { __typename }
    }`,
    variables: ({ materialId }) => ({ materialId, file: null }),
    file: 'plain.png',
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.deleteMaterials': {
    document: 'mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { code } }',
    variables: ({ materialId }) => ({ ids: [materialId] }),
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.restoreMaterials': {
    document: 'mutation ($ids: [ID!]!) { restoreMaterials(ids: $ids) { code } }',
    variables: trashed,
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.purgeMaterials': {
    document: 'mutation ($ids: [ID!]!) { purgeMaterials(ids: $ids) { code } }',
    variables: trashed,
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.saveImage': {
    document: `mutation ($mallId: Int!, $url: String!) { saveImage(mallId: $mallId, url: $url) { code } }`,
    variables: ({ mallId }) => ({ mallId, url: REFUSED }),
    access: ofMall('WRITE', 'editor', 'NOT_FOUND'),
  },
  'Mutation.saveImages': {
    document: `mutation ($mallId: Int!, $urls: [String!]!) { saveImages(mallId: $mallId, urls: $urls) { code } }`,
    variables: ({ mallId }) => ({ mallId, urls: [REFUSED] }),
    access: (role, reach) => {
      const access = ofMall('WRITE', 'editor', 'NOT_FOUND')(role, reach);
      return access === 'ok' ? 'REMOTE_UNREACHABLE' : access;
    },
  },
  'Mutation.fetchAvatar': {
    document: `mutation { fetchAvatar(url: "${REFUSED}") { __typename } }`,
    access: ofSessions(),
  },
  'Query.qrCode': {
    document: '{ qrCode(text: "a") { url } }',
    access: ofReaders(),
  },
  'Subscription.materialsChanged': {
    document: 'subscription ($mallId: Int!) { materialsChanged(mallId: $mallId) { action } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
};

/** Fields that lead from one object to another, and why nobody gets further by them than they may. */
export const links: Readonly<Record<string, string>> = {
  'ApiToken.mall': "the token is the user's own",
  'AuditEvent.actor': 'id and name only; what else a user has is null for others',
  'AuditEvent.changes': 'no object of its own',
  'AuditEventConnection.edges': 'the rows of the list',
  'AuditEventConnection.pageInfo': 'no object of its own',
  'AuditEventEdge.node': 'the rows of the list',
  'ExportJob.error': 'no object of its own',
  'ExportJob.user': 'id and name only; what else a user has is null for others',
  'ExportJobConnection.edges': 'the rows of the list',
  'ExportJobConnection.pageInfo': 'no object of its own',
  'ExportJobEdge.node': 'the rows of the list',
  'LoginResult.user': 'the user who logged in',
  'Mall.members': 'null for all but the owners of the mall and administrators',
  'Mall.webhooks': 'null for all but the owners of the mall and administrators',
  'Mall.usage': 'numbers of a mall that the user sees',
  'MallUsage.byKind': 'numbers of a mall that the user sees',
  'MallMember.user':
    'a member, seen by owners of the mall and administrators; no more than id and name for owners',
  'Material.focalPoint': 'no object of its own',
  'Material.history': 'who sees a material sees what was done to it, but not from where',
  'Material.mall': 'who sees a material sees its mall',
  'Material.provenance':
    'null for all who do not see the material in its mall; of avatars, for all but the user and administrators',
  'Material.uploadedBy': 'id and name only; what else a user has is null for others',
  'MaterialConnection.edges': 'the rows of the list',
  'MaterialConnection.pageInfo': 'no object of its own',
  'MaterialEdge.node': 'the rows of the list',
  'MaterialOutcome.material': 'one that the user was allowed to change',
  'MaterialsChange.materials': 'looked up with the rights of the subscriber',
  'Membership.mall': 'one of the own malls, or for an administrator any',
  'NewApiToken.apiToken': "the token is the user's own",
  'SaveImageResult.material': 'one that the user has made',
  'User.avatar': 'its file is public; where it came from is null for others',
  'Report.columns': 'what a report looks like; it has no rows',
  'Report.filters': 'what a report takes; it has no rows',
  'User.memberships': 'null for all but the user and administrators',
  'UserConnection.edges': 'the rows of the list',
  'UserConnection.pageInfo': 'no object of its own',
  'UserCredentials.user': 'made or changed by an administrator just now',
  'UserEdge.node': 'the rows of the list',
  'Webhook.createdBy': 'id and name only; what else a user has is null for others',
  'Webhook.deliveries': 'looked up with the rights of the caller in the mall',
  'Webhook.mall': 'who sees a webhook manages its mall',
  'WebhookDeliveryConnection.edges': 'the rows of the list',
  'WebhookDeliveryConnection.pageInfo': 'no object of its own',
  'WebhookDeliveryEdge.node': 'the rows of the list',
  'WebhookSecret.webhook': 'made or changed by whoever manages the mall just now',
};

async function trashed({ materialId }: Target, world: World): Promise<object> {
  const ids = [materialId];
  await world.keeper.data('mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { id } }', { ids });
  return { ids };
}

/** A webhook of the mall with a delivery; of no mall: ids that nothing has. */
async function webhookOf({ mallId }: Target, world: World) {
  const [webhookId, deliveryId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  await world.sql`
    insert into webhooks (id, mall_id, url, secret, events, format)
    select ${webhookId}, id, 'https://127.0.0.1/', 'whsec_AAAA', '{}', 'JSON' from malls where id = ${mallId}`;
  await world.sql`
    insert into webhook_deliveries (id, webhook_id, event, payload, state)
    select ${deliveryId}, id, 'ping', '{"data": {}}', 'FAILED' from webhooks where id = ${webhookId}`;
  return { webhookId, deliveryId };
}
