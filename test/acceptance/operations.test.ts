import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { buildSchema, parse, visit } from 'graphql';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { jobIn, startExport } from '../support/export-jobs.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { LOOPBACK_ALLOWED } from '../support/remote-pictures.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { result, subscribe } from '../support/subscription.ts';

const folder = join(projectRoot, 'schema/operations');
const files = (await Array.fromAsync(new Bun.Glob('*').scan(folder))).sort();

/** What an example may be about. */
interface Given {
  readonly client: Client;
  readonly url: string;
  readonly materialId: string;
  /** Elsewhere. */
  readonly pictures: PictureServer;
}

interface Example {
  readonly variables?: object | ((given: Given) => object | Promise<object>);
  /** Sent along, for the variable `files`, or `file` where the operation has that one. */
  readonly uploads?: readonly string[];
  /** A part of what comes. */
  readonly answer: object;
  /** `answer` is a part of the first result. */
  readonly isSubscription?: true;
  /** Ends the session that the other examples use. */
  readonly endsSession?: true;
}

/** Nobody is there. */
const HOOK = 'https://hooks.invalid/stock';

const examples: Readonly<Record<string, Example>> = {
  'api-tokens.graphql': { answer: { apiTokens: [] } },
  'audit-events.graphql': {
    variables: { mallId: 1, from: '2026-01-01T00:00:00Z' },
    answer: {
      auditEvents: {
        edges: expect.arrayContaining([
          {
            node: expect.objectContaining({
              action: 'material.created',
              actor: { id: 1, username: ADMIN.username },
              subjectName: 'photo.jpg',
            }),
          },
        ]),
      },
    },
  },
  'cancel-export.graphql': {
    variables: async ({ client }) => ({ id: await finishedExport(client) }),
    answer: { cancelExport: { state: 'DONE', finishedAt: expect.any(String) } },
  },
  'change-password.graphql': {
    variables: { currentPassword: ADMIN.password, newPassword: ADMIN.password },
    answer: { changePassword: { username: ADMIN.username, mustChangePassword: false } },
    endsSession: true,
  },
  'create-api-token.graphql': {
    variables: { name: 'nightly', scopes: ['READ'], mallId: 1, expiresAt: '2126-11-30T00:00:00Z' },
    answer: { createApiToken: { apiToken: { name: 'nightly', scopes: ['READ'] } } },
  },
  'create-export-job-link.graphql': {
    variables: async ({ client }) => ({ id: await finishedExport(client), expiresInSeconds: 600 }),
    answer: { createExportJobLink: { url: expect.stringMatching(/&signature=[\w-]+$/) } },
  },
  'create-mall.graphql': {
    variables: { name: 'Second mall', quotaBytes: 10_737_418_240 },
    answer: { createMall: { name: 'Second mall', usage: { bytes: 0, quotaBytes: 10_737_418_240 } } },
  },
  'create-webhook.graphql': {
    variables: { mallId: 1, url: HOOK, events: ['MATERIAL_CREATED'], format: 'JSON' },
    answer: {
      createWebhook: {
        secret: expect.stringMatching(/^whsec_/),
        webhook: { url: HOOK, events: ['MATERIAL_CREATED'], format: 'JSON', enabled: true },
      },
    },
  },
  'delete-webhook.graphql': {
    variables: async ({ client }) => ({ id: await newWebhook(client) }),
    answer: { deleteWebhook: true },
  },
  'mall-webhooks.graphql': {
    variables: async ({ client }) => {
      await newWebhook(client);
      return { id: 1 };
    },
    answer: { mall: { webhooks: expect.arrayContaining([expect.objectContaining({ url: HOOK })]) } },
  },
  'ping-webhook.graphql': {
    variables: async ({ client }) => ({ id: await newWebhook(client) }),
    answer: { pingWebhook: { event: 'ping', state: 'PENDING' } },
  },
  'redeliver-webhook.graphql': {
    variables: async ({ client }) => ({ deliveryId: await newDelivery(client, await newWebhook(client)) }),
    answer: { redeliverWebhook: { state: 'PENDING', attempts: 0 } },
  },
  'rotate-webhook-secret.graphql': {
    variables: async ({ client }) => ({ id: await newWebhook(client) }),
    answer: { rotateWebhookSecret: { secret: expect.stringMatching(/^whsec_/) } },
  },
  'update-webhook.graphql': {
    variables: async ({ client }) => ({
      id: await newWebhook(client),
      events: ['QUOTA_NEAR'],
      enabled: false,
    }),
    answer: { updateWebhook: { url: HOOK, events: ['QUOTA_NEAR'], enabled: false } },
  },
  'webhook.graphql': {
    variables: async ({ client }) => {
      const id = await newWebhook(client);
      await newDelivery(client, id);
      return { id, first: 1, after: null, state: 'PENDING' };
    },
    answer: { webhook: { deliveries: { edges: [{ node: { event: 'ping', payload: { type: 'ping' } } }] } } },
  },
  'create-user.graphql': {
    variables: { username: 'li.na', role: 'MEMBER', password: null },
    answer: {
      createUser: {
        generatedPassword: expect.stringMatching(/^[\w-]{20}$/),
        user: { username: 'li.na', role: 'MEMBER' },
      },
    },
  },
  'delete-mall.graphql': {
    variables: async ({ client }) => ({ id: await newMall(client) }),
    answer: { deleteMall: true },
  },
  'create-download-link.graphql': {
    variables: ({ materialId }) => ({ materialId, expiresInSeconds: 600, download: true }),
    answer: { createDownloadLink: { url: expect.stringMatching(/&signature=[\w-]+$/) } },
  },
  'create-export-link.graphql': {
    variables: {
      report: 'materials',
      startTime: '2026-11-01',
      endTime: '2026-11-30',
      mallId: 1,
      format: 'XLSX',
      lang: 'ZH',
      filters: [{ name: 'kind', value: 'IMAGE' }],
      expiresInSeconds: 600,
      singleUse: true,
    },
    answer: {
      createExportLink: { url: expect.stringMatching(/\/exports\/materials\.xlsx\?ticket=[\w-]{43}$/) },
    },
  },
  'delete-materials.graphql': {
    variables: async (given) => ({ ids: [await newMaterial(given)] }),
    answer: { deleteMaterials: [{ code: null, material: { deletedAt: expect.any(String) } }] },
  },
  'fetch-avatar.graphql': {
    variables: ({ pictures }) => ({ url: pictures.give('/me.png', uniquePng()) }),
    answer: {
      fetchAvatar: { __typename: 'User', avatar: { mimeType: 'image/jpeg', width: 8, height: 8 } },
    },
  },
  'export-job.graphql': {
    variables: async ({ client }) => ({ id: await finishedExport(client) }),
    answer: {
      exportJob: {
        report: 'materials',
        format: 'CSV',
        state: 'DONE',
        percent: 100,
        error: null,
        url: expect.stringContaining('/exports/jobs/'),
      },
    },
  },
  'export-jobs.graphql': {
    variables: async ({ client }) => {
      await finishedExport(client);
      return { first: 1, after: null, all: true };
    },
    answer: {
      exportJobs: {
        edges: [
          {
            node: {
              report: 'materials',
              mallId: null,
              startTime: '2020-01-01',
              endTime: '2040-12-31',
              user: { username: ADMIN.username },
            },
          },
        ],
      },
    },
  },
  'export-progress.graphql': {
    variables: async ({ client }) => ({ jobId: await finishedExport(client) }),
    answer: { exportProgress: { state: 'DONE', percent: 100 } },
    isSubscription: true,
  },
  'library-changes.graphql': {
    variables: { mallId: 1 },
    answer: { materialsChanged: { action: 'REFRESH', ids: [], materials: [] } },
    isSubscription: true,
  },
  'folders.graphql': {
    variables: { mallId: 1, prefix: 'spring/' },
    answer: { folders: [{ name: 'spring/posters', materials: expect.any(Number) }] },
  },
  'library-count.graphql': {
    variables: { mallId: 1, filter: { name: 'photo', kind: 'IMAGE' } },
    answer: { materials: { totalCount: expect.any(Number) } },
  },
  'library-page.graphql': {
    variables: { mallId: 1, filter: { folder: 'spring/posters', name: 'photo' }, first: 1 },
    answer: {
      materials: {
        edges: [
          {
            node: {
              originFilename: 'photo.jpg',
              thumbnail: expect.stringContaining('/files/'),
              posterUrl: null,
              deletedAt: null,
            },
          },
        ],
      },
    },
  },
  'login.graphql': {
    variables: { ...ADMIN },
    answer: { login: { user: { username: ADMIN.username, role: 'ADMIN' } } },
    endsSession: true,
  },
  'logout-everywhere.graphql': { answer: { logoutEverywhere: true }, endsSession: true },
  'logout.graphql': { answer: { logout: true }, endsSession: true },
  'mall-members.graphql': {
    variables: async ({ client }) => {
      await newMember(client, 'a member');
      return { id: 1 };
    },
    answer: {
      mall: {
        myRole: 'ADMIN',
        usage: { quotaBytes: null, materials: expect.any(Number) },
        members: expect.arrayContaining([
          { role: 'VIEWER', user: { id: expect.any(Number), username: 'a member' } },
        ]),
      },
    },
  },
  'mall-usage.graphql': {
    variables: { id: 1 },
    answer: {
      mall: {
        usage: {
          byKind: [
            { kind: 'IMAGE', materials: expect.any(Number), bytes: expect.any(Number) },
            { kind: 'VIDEO', materials: 0, bytes: 0 },
            { kind: 'AUDIO', materials: 0, bytes: 0 },
          ],
        },
      },
    },
  },
  'mall.graphql': { variables: { id: 1 }, answer: { mall: { id: 1 } } },
  'malls.graphql': { answer: { malls: expect.arrayContaining([expect.objectContaining({ id: 1 })]) } },
  'malls-usage.graphql': {
    answer: {
      malls: expect.arrayContaining([
        expect.objectContaining({ id: 1, usage: expect.objectContaining({ quotaBytes: null }) }),
      ]),
    },
  },
  'material.graphql': {
    variables: ({ materialId }) => ({ id: materialId }),
    answer: {
      material: {
        originFilename: 'photo.jpg',
        mall: { id: 1 },
        width: 1200,
        height: 900,
        thumbnail: expect.stringMatching(/\?v=[\da-f]+&w=400&h=300&format=auto&q=80$/),
        posterUrl: null,
        provenance: null,
        deletedAt: null,
      },
    },
  },
  'material-crops.graphql': {
    variables: ({ materialId }) => ({ id: materialId }),
    answer: {
      material: {
        focalPoint: null,
        square: expect.stringMatching(/&w=400&h=400$/),
        wide: expect.stringMatching(/&w=400&h=225$/),
        tall: expect.stringMatching(/&w=225&h=400$/),
        squarePoster: null,
      },
    },
  },
  'material-history.graphql': {
    variables: ({ materialId }) => ({ id: materialId }),
    answer: {
      material: {
        originFilename: 'photo.jpg',
        history: {
          edges: expect.arrayContaining([
            { node: expect.objectContaining({ action: 'material.created', changes: [] }) },
          ]),
        },
      },
    },
  },
  'material-sizes.graphql': {
    variables: ({ materialId }) => ({ id: materialId }),
    answer: {
      material: {
        width: 1200,
        w320: expect.stringMatching(/&w=320&format=auto&q=80$/),
        w960: expect.stringMatching(/&w=960&format=auto&q=80$/),
      },
    },
  },
  'materials-changed.graphql': {
    variables: { mallId: 1 },
    answer: { materialsChanged: { action: 'REFRESH', ids: [], materials: [] } },
    isSubscription: true,
  },
  'materials-filtered.graphql': {
    variables: {
      mallId: 1,
      filter: {
        kind: 'IMAGE',
        name: 'photo',
        folder: 'spring/posters',
        size: { max: 5_000_000 },
        width: { min: 1000 },
        createdAt: { min: '2026-11-01T00:00:00Z', max: '2126-11-30T23:59:59.999Z' },
      },
      orderBy: 'NAME_ASC',
    },
    answer: { materials: { edges: [{ node: { originFilename: 'photo.jpg', folder: 'spring/posters' } }] } },
  },
  'materials.graphql': {
    variables: { mallId: 1, first: 20, after: null },
    answer: { materials: { pageInfo: { hasNextPage: false } } },
  },
  'me.graphql': { answer: { me: { username: ADMIN.username } } },
  'remove-mall-member.graphql': {
    variables: async ({ client }) => ({ mallId: 1, userId: await newMember(client, 'to be removed') }),
    answer: { removeMallMember: true },
  },
  'report-count.graphql': {
    variables: {
      report: 'materials',
      startTime: '2026-11-01',
      endTime: '2126-11-30',
      mallId: 1,
      filters: [{ name: 'folder', value: 'spring/posters' }],
    },
    answer: { reportCount: 1 },
  },
  'reports.graphql': {
    answer: {
      reports: expect.arrayContaining([
        expect.objectContaining({ name: 'activity', forManagers: true, hasThumbnails: false }),
        expect.objectContaining({ name: 'materials', forManagers: false, hasThumbnails: true }),
      ]),
    },
  },
  'reset-password.graphql': {
    variables: async ({ client }) => ({
      userId: await newUser(client, 'who forgot it'),
      newPassword: 'a new one for now',
    }),
    answer: { resetPassword: { generatedPassword: null, user: { username: 'who forgot it' } } },
  },
  'purge-materials.graphql': {
    variables: async (given) => ({ ids: [await trashedMaterial(given)] }),
    answer: { purgeMaterials: [{ code: null, message: null }] },
  },
  'replace-material.graphql': {
    variables: async (given) => ({ id: await newMaterial(given), file: null }),
    uploads: ['photo.jpg'],
    answer: {
      replaceMaterial: { __typename: 'Material', originFilename: 'photo.jpg', mimeType: 'image/jpeg' },
    },
  },
  'restore-materials.graphql': {
    variables: async (given) => ({ ids: [await trashedMaterial(given)] }),
    answer: { restoreMaterials: [{ code: null, material: { deletedAt: null } }] },
  },
  'revoke-api-token.graphql': {
    variables: async ({ client }) => {
      const made = await client.data<{ createApiToken: { apiToken: { id: string } } }>(
        'mutation { createApiToken(name: "to end", scopes: READ) { apiToken { id } } }',
      );
      return { id: made.createApiToken.apiToken.id };
    },
    answer: { revokeApiToken: true },
  },
  'revoke-session.graphql': {
    variables: async ({ url }) => {
      const other = await Client.loggedIn(url);
      const { sessions } = await other.data<{ sessions: { id: string; current: boolean }[] }>(
        '{ sessions { id current } }',
      );
      return { id: sessions.find(({ current }) => current)?.id };
    },
    answer: { revokeSession: true },
  },
  'qr-code.graphql': {
    variables: { text: 'https://shop.example.com/spring', size: 512, format: 'PNG' },
    answer: {
      qrCode: {
        url: expect.stringMatching(/\/qr\.png\?text=https%3A%2F%2Fshop.*&size=512$/),
        svg: expect.stringMatching(/^<svg /),
      },
    },
  },
  'save-image.graphql': {
    variables: ({ pictures }) => ({
      mallId: 1,
      url: pictures.give('/code.png', uniquePng(), { etag: '"1"' }),
      folder: 'codes',
    }),
    answer: {
      saveImage: {
        success: true,
        code: null,
        material: { originFilename: 'code.png', provenance: { etag: '"1"' } },
      },
    },
  },
  'save-images.graphql': {
    variables: ({ pictures }) => ({
      mallId: 1,
      urls: [pictures.give('/1.png', uniquePng()), `${pictures.url}/none.png`],
    }),
    answer: { saveImages: [{ success: true }, { success: false, code: 'REMOTE_UNREACHABLE' }] },
  },
  'sessions.graphql': {
    answer: { sessions: expect.arrayContaining([expect.objectContaining({ current: true })]) },
  },
  'set-mall-member.graphql': {
    variables: async ({ client }) => {
      await newUser(client, 'who joins');
      return { mallId: 1, username: 'WHO JOINS', role: 'EDITOR' };
    },
    answer: { setMallMember: { role: 'EDITOR', user: { username: 'who joins' } } },
  },
  'update-mall.graphql': {
    variables: async ({ client }) => ({ id: await newMall(client), name: 'Another name' }),
    answer: { updateMall: { name: 'Another name', usage: { bytes: 0, quotaBytes: null } } },
  },
  'update-user.graphql': {
    variables: async ({ client }) => ({ id: await newUser(client, 'who leaves'), disabled: true }),
    answer: { updateUser: { username: 'who leaves', role: 'MEMBER', disabled: true } },
  },
  'start-export.graphql': {
    variables: {
      report: 'materials',
      startTime: '2026-11-01',
      endTime: '2026-11-30',
      mallId: 1,
      format: 'XLSX',
      filters: [],
    },
    answer: { startExport: { state: 'QUEUED', filename: expect.stringMatching(/^\d{14}-\d{6}\.xlsx$/) } },
  },
  'trash.graphql': {
    variables: async (given) => {
      await trashedMaterial(given);
      return { mallId: 1, first: 1 };
    },
    answer: { materials: { edges: [{ node: { deletedAt: expect.any(String) } }] } },
  },
  'update-material.graphql': {
    variables: async (given) => ({
      id: await newMaterial(given),
      input: { tags: ['spring', 'poster'], focalPoint: { x: 0.3, y: 0.6 } },
    }),
    answer: { updateMaterial: { tags: ['spring', 'poster'], focalPoint: { x: 0.3, y: 0.6 } } },
  },
  'update-materials.graphql': {
    variables: async (given) => ({
      ids: [await newMaterial(given)],
      addTags: ['sale'],
      visibility: 'PRIVATE',
    }),
    answer: { updateMaterials: [{ code: null, material: { tags: ['sale'], visibility: 'PRIVATE' } }] },
  },
  'upload-materials.graphql': {
    variables: {
      mallId: 1,
      files: [null, null],
      folder: 'winter',
      uploadIds: [crypto.randomUUID(), crypto.randomUUID()],
    },
    uploads: ['plain.png', 'picture.svg'],
    answer: {
      uploadMaterials: [
        { __typename: 'Material', originFilename: 'plain.png' },
        { __typename: 'UploadRejection', code: 'FILE_TYPE_NOT_ALLOWED' },
      ],
    },
  },
  'user.graphql': {
    variables: { id: 1 },
    answer: { user: { username: ADMIN.username, disabled: false, memberships: [] } },
  },
  'users.graphql': {
    variables: { search: 'DMI', first: 20, after: null },
    answer: { users: { totalCount: 1, edges: [{ node: { username: ADMIN.username, role: 'ADMIN' } }] } },
  },
};

describe('the example operations', () => {
  let server: StockroomServer;
  let client: Client;
  let materialId: string;
  let pictures: PictureServer;
  beforeAll(async () => {
    pictures = await PictureServer.start();
    server = await startStockroom({ env: LOOPBACK_ALLOWED });
    client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('photo.jpg')], { folder: 'spring/posters' });
    materialId = String(material?.id);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await pictures[Symbol.asyncDispose]();
  });

  test('each have an example here', () => {
    expect(files).toEqual(Object.keys(examples).sort());
  });

  test('cover every query, mutation and subscription of the schema', async () => {
    const shown = new Set<string>();
    for (const file of files) {
      const [operation] = parse(await Bun.file(join(folder, file)).text()).definitions;
      visit(operation ?? parse('{ none }'), {
        Field(node) {
          shown.add(node.name.value);
          return false;
        },
      });
    }
    const schema = buildSchema(await Bun.file(join(projectRoot, 'schema/schema.graphql')).text());
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((type) => Object.keys(type?.getFields() ?? {}));
    expect(fields.filter((field) => !shown.has(field))).toEqual([]);
  });

  for (const file of files) {
    test(`${file} runs as it stands`, async () => {
      const example = examples[file];
      if (!example) throw new Error(`${file} has no entry in this test`);
      const { variables = {}, uploads, answer, endsSession } = example;
      const caller = endsSession ? await Client.loggedIn(server.url) : client;
      const query = await Bun.file(join(folder, file)).text();
      const values =
        typeof variables === 'function'
          ? await variables({ client, url: server.url, materialId, pictures })
          : variables;
      if (example.isSubscription) {
        await using subscription = await subscribe(caller, query, values);
        expect(await result(subscription, 'the first result', (data) => data)).toMatchObject(answer);
        return;
      }
      const response = uploads
        ? await sendFiles(caller, query, values, uploads)
        : await caller.graphql(query, values);
      expect(response.errors).toBeUndefined();
      expect(response.data).toMatchObject(answer);
      // A password change ends every session.
      if (endsSession) client = await Client.loggedIn(server.url);
    });
  }
});

async function sendFiles(
  client: Client,
  query: string,
  variables: object,
  names: readonly string[],
): Promise<GraphQLAnswer> {
  const body = new FormData();
  const place = (i: number) => ('file' in variables ? 'variables.file' : `variables.files.${i}`);
  body.set('operations', JSON.stringify({ query, variables }));
  body.set('map', JSON.stringify(Object.fromEntries(names.map((_, i) => [i, [place(i)]]))));
  for (const [i, name] of names.entries()) body.set(String(i), await fixture(name));
  const headers = { 'apollo-require-preflight': 'true' };
  const response = await client.send('/graphql', { method: 'POST', headers, body });
  return (await response.json()) as GraphQLAnswer;
}

async function newMall(client: Client): Promise<number> {
  const made = await client.data<{ createMall: { id: number } }>(
    'mutation { createMall(name: "for a while") { id } }',
  );
  return made.createMall.id;
}

async function newWebhook(client: Client): Promise<string> {
  const made = await client.data<{ createWebhook: { webhook: { id: string } } }>(
    `mutation { createWebhook(mallId: 1, url: "${HOOK}", events: QUOTA_NEAR) { webhook { id } } }`,
  );
  return made.createWebhook.webhook.id;
}

async function newDelivery(client: Client, id: string): Promise<string> {
  const made = await client.data<{ pingWebhook: { id: string } }>(
    'mutation ($id: ID!) { pingWebhook(id: $id) { id } }',
    { id },
  );
  return made.pingWebhook.id;
}

async function newUser(client: Client, username: string): Promise<number> {
  const made = await client.data<{ createUser: { user: { id: number } } }>(
    'mutation ($username: String!) { createUser(username: $username, role: MEMBER) { user { id } } }',
    { username },
  );
  return made.createUser.user.id;
}

/** A viewer of mall 1. */
async function newMember(client: Client, username: string): Promise<number> {
  const userId = await newUser(client, username);
  await client.data(
    'mutation ($userId: Int!) { setMallMember(mallId: 1, userId: $userId, role: VIEWER) { role } }',
    { userId },
  );
  return userId;
}

async function newMaterial({ client }: Given): Promise<string> {
  const [material] = await client.upload([new File([uniquePng()], 'new.png')]);
  return String(material?.id);
}

async function trashedMaterial(given: Given): Promise<string> {
  const id = await newMaterial(given);
  await given.client.data('mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { id } }', { ids: [id] });
  return id;
}

async function finishedExport(client: Client): Promise<string> {
  const { id } = await startExport(client);
  await jobIn(client, id, ['DONE']);
  return id;
}
