import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { jobIn, startExport } from '../support/export-jobs.ts';
import { each, purge, replace } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { freePort } from '../support/ports.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';
import { newMall, newUser, outcomeOf } from '../support/users.ts';
import {
  arrived,
  createWebhook,
  deliveries,
  deliveryLike,
  startReceiver,
  verify,
} from '../support/webhook-receiver.ts';

const UPDATE = 'mutation ($id: ID!) { updateMaterial(id: $id, input: { folder: "moved" }) { id } }';

describe('webhooks', () => {
  let server: StockroomServer;
  let admin: Client;
  beforeAll(async () => {
    server = await startStockroom({ env: { REMOTE_ALLOW_CIDRS: '127.0.0.0/8' } });
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const upload = async (mallId = 1, client = admin) =>
    (await client.upload([new File([uniquePng()], 'a.png')], { mallId }))[0] as Record<string, unknown>;

  test('are told of each change of a material, signed, with its state at that time', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin, 'Told');
    const { secret } = await createWebhook(admin, receiver.url, { mallId });
    const material = await upload(mallId);
    const id = String(material.id);
    await arrived(receiver, 1);
    await admin.data(UPDATE, { id });
    await replace(admin, id, new File([uniquePng()], 'b.png'));
    await each(admin, 'deleteMaterials', [id]);
    await each(admin, 'restoreMaterials', [id]);
    await each(admin, 'deleteMaterials', [id]);
    await each(admin, 'purgeMaterials', [id]);
    await arrived(receiver, 7);

    const payloads = receiver.received.map((message) => verify(secret, message, message.text));
    expect(payloads.map(({ type }) => type).sort()).toEqual([
      'material.created',
      'material.deleted',
      'material.deleted',
      'material.purged',
      'material.replaced',
      'material.restored',
      'material.updated',
    ]);
    expect(new Set(receiver.received.map((message) => message.id)).size).toBe(7);
    const [created] = receiver.payloads('material.created');
    const { __typename: _, ...shown } = material;
    expect(created).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        mall: { id: mallId, name: 'Told' },
        actor: { id: 1, username: 'admin' },
        material: { ...shown, placeholder: null, uploadedBy: { id: 1 }, focalPoint: null },
      },
    });
    expect((await fetch(String(created?.data.material?.url))).status).toBe(404);
    expect(receiver.payloads('material.updated')[0]?.data).toMatchObject({
      material: { folder: 'moved', originFilename: 'a.png' },
      changes: { folder: { before: '', after: 'moved' } },
    });
    expect(receiver.payloads('material.replaced')[0]?.data.material).toMatchObject({
      originFilename: 'b.png',
    });
    expect(receiver.payloads('material.purged')[0]?.data.material).toMatchObject({
      id,
      originFilename: 'b.png',
      mimeType: 'image/png',
    });
    expect(receiver.received[0]?.headers.get('content-type')).toBe('application/json');
  });

  test('are told of what they have asked for, in their own mall only', async () => {
    await using receiver = startReceiver();
    const [mallId, other] = [await newMall(admin), await newMall(admin)];
    const { id } = await createWebhook(admin, receiver.url, { mallId, events: ['MATERIAL_DELETED'] });
    await upload(other);
    const material = await upload(mallId);
    await each(admin, 'deleteMaterials', [String(material.id)]);
    await arrived(receiver, 1);
    expect(receiver.payloads('material.deleted').length).toBe(1);
    expect((await deliveries(admin, id)).length).toBe(1);
  });

  test('get a message for each file of an upload of many', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin);
    const { secret } = await createWebhook(admin, receiver.url, { mallId });
    const files = Array.from({ length: 50 }, (_, i) => new File([uniquePng()], `${i}.png`));
    const materials = await admin.upload(files, { mallId });
    await arrived(receiver, 50, 60_000);
    const told = receiver.received.map((message) => verify(secret, message, message.text));
    expect(told.map(({ data }) => data.material?.id).sort()).toEqual(materials.map(({ id }) => id).sort());
  }, 90_000);

  test('are told of a finished report of the mall', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin);
    await createWebhook(admin, receiver.url, { mallId, events: ['EXPORT_FINISHED'] });
    await upload(mallId);
    const job = await startExport(admin, { mallId });
    await jobIn(admin, job.id, ['DONE']);
    await arrived(receiver, 1);
    expect(receiver.payloads('export.finished')[0]?.data).toMatchObject({
      mall: { id: mallId },
      export: { id: job.id, report: 'materials', format: 'CSV', rows: 1 },
    });
  });

  test('are told of a quota that is nearly used up, once', async () => {
    await using receiver = startReceiver();
    const mallId = await newMall(admin);
    await createWebhook(admin, receiver.url, { mallId, events: ['QUOTA_NEAR', 'MATERIAL_DELETED'] });
    const first = await upload(mallId);
    const quotaBytes = Math.ceil(Number(first.size) * 2.1);
    await admin.data(
      'mutation ($id: Int!, $quotaBytes: ByteCount) { updateMall(id: $id, quotaBytes: $quotaBytes) { id } }',
      { id: mallId, quotaBytes },
    );
    await upload(mallId);
    await arrived(receiver, 1);
    expect(receiver.payloads('quota.near')[0]?.data).toMatchObject({
      mall: { id: mallId },
      quota: { quotaBytes, usedBytes: expect.any(Number) },
    });
    await purge(admin, [String(first.id)]);
    await upload(mallId);
    await arrived(receiver, 2);
    expect(receiver.payloads('quota.near').length).toBe(1);
  });

  test('that fail are tried again, under the same id', async () => {
    let failures = 1;
    await using receiver = startReceiver(() => new Response('no', { status: failures-- > 0 ? 500 : 200 }));
    const mallId = await newMall(admin);
    const { id, secret } = await createWebhook(admin, receiver.url, { mallId });
    await upload(mallId);
    const waiting = await until('the first try', async () => {
      const [one] = await deliveries(admin, id);
      return one?.failure ? one : undefined;
    });
    expect(waiting).toMatchObject({ state: 'PENDING', attempts: 1, responseStatus: 500, failure: 'status' });
    await arrived(receiver, 2);
    const delivered = await until('the second try', async () =>
      (await deliveries(admin, id)).find(({ state }) => state === 'DELIVERED'),
    );
    expect(delivered).toMatchObject({ attempts: 2, responseStatus: 200, failure: null, dueAt: null });
    const [first, second] = receiver.received;
    if (!first || !second) throw new Error('two messages were received');
    expect([first.id, first.text]).toEqual([second.id, second.text]);
    expect(first.id).toBe(delivered.id);
    expect(verify(secret, second, second.text).type).toBe('material.created');
  }, 60_000);

  test('whose receiver is away are told when it is back', async () => {
    const port = await freePort();
    const { id } = await createWebhook(admin, `http://127.0.0.1:${port}/`);
    await upload();
    const failed = await deliveryLike(admin, id, ({ failure }) => failure !== null);
    expect(failed).toMatchObject({ state: 'PENDING', failure: 'unreachable', responseStatus: null });
    await using receiver = startReceiver(undefined, port);
    await arrived(receiver, 1);
    await deliveryLike(admin, id, ({ state }) => state === 'DELIVERED');
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  }, 60_000);

  test('that do not answer hold up neither others nor what comes next to them', async () => {
    const never = Promise.withResolvers<Response>();
    await using slow = startReceiver((_request, { text }) =>
      text.includes('material.created') ? never.promise : new Response(),
    );
    await using quick = startReceiver();
    const mallId = await newMall(admin);
    const { id } = await createWebhook(admin, slow.url, { mallId });
    await createWebhook(admin, quick.url, { mallId });
    const material = await upload(mallId);
    await arrived(slow, 1);
    await admin.data(UPDATE, { id: material.id });
    await Promise.all([arrived(quick, 2), arrived(slow, 2)]);
    expect((await deliveries(admin, id)).map(({ failure }) => failure)).toEqual([null, null]);
    const late = await until(
      'the time to be over',
      async () => (await deliveries(admin, id)).find(({ failure }) => failure !== null),
      30_000,
    );
    expect(late).toMatchObject({ event: 'material.created', failure: 'timeout', responseStatus: null });
    expect(late.durationMs).toBeGreaterThan(8000);
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
    never.resolve(new Response());
  }, 60_000);

  test('do not follow redirects', async () => {
    await using target = startReceiver();
    await using receiver = startReceiver(() => Response.redirect(target.url, 307));
    const { id } = await createWebhook(admin, receiver.url);
    await admin.data('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', { id });
    const failed = await deliveryLike(admin, id, ({ failure }) => failure !== null);
    expect(failed).toMatchObject({ responseStatus: 307, failure: 'status', event: 'ping' });
    expect(target.received).toEqual([]);
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  });

  test('whose receiver answers 410 are disabled, and may be enabled again', async () => {
    let status = 410;
    await using receiver = startReceiver(() => new Response(null, { status }));
    const { id } = await createWebhook(admin, receiver.url);
    await admin.data('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', { id });
    const failed = await deliveryLike(admin, id, ({ state }) => state === 'FAILED');
    expect(failed.attempts).toBe(1);
    const isEnabled = async () => {
      const { mall } = await admin.data<{ mall: { webhooks: { id: string; enabled: boolean }[] } }>(
        '{ mall(id: 1) { webhooks { id enabled } } }',
      );
      return mall.webhooks.find((webhook) => webhook.id === id)?.enabled;
    };
    await until('the webhook to be disabled', async () => (await isEnabled()) === false || undefined);
    const ping = 'mutation ($id: ID!) { pingWebhook(id: $id) { id } }';
    expect(await outcomeOf(admin, ping, { id })).toBe('PARAMS_INVALID');
    const { auditEvents } = await admin.data<{ auditEvents: { edges: { node: object }[] } }>(
      'query ($id: String!) { auditEvents(subjectId: $id) { edges { node { action data actor { id } } } } }',
      { id },
    );
    expect(auditEvents.edges.map(({ node }) => node)).toEqual([
      { action: 'webhook.updated', data: { reason: 'gone' }, actor: null },
      { action: 'webhook.created', data: expect.anything(), actor: { id: 1 } },
    ]);
    status = 200;
    await admin.data('mutation ($id: ID!) { updateWebhook(id: $id, enabled: true) { id } }', { id });
    const again = 'mutation ($id: ID!) { redeliverWebhook(deliveryId: $id) { state attempts } }';
    const answer = await admin.data(again, { id: failed.id });
    expect(answer).toEqual({ redeliverWebhook: { state: 'PENDING', attempts: 0 } });
    const delivered = await deliveryLike(admin, id, ({ state }) => state === 'DELIVERED');
    expect([delivered.id, receiver.received.map((message) => message.id)]).toEqual([
      failed.id,
      [failed.id, failed.id],
    ]);
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  });

  test('wait for as long as the receiver asks', async () => {
    await using receiver = startReceiver(
      () => new Response(null, { status: 429, headers: { 'retry-after': '7200' } }),
    );
    const { id } = await createWebhook(admin, receiver.url);
    await admin.data('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', { id });
    const { dueAt } = await deliveryLike(admin, id, ({ failure }) => failure !== null);
    const wait = Date.parse(dueAt ?? '') - Date.now();
    expect(wait).toBeWithin(7_000_000, 7_300_000);
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  });

  test('are signed by both secrets for a day when theirs is changed', async () => {
    await using receiver = startReceiver();
    const { id, secret } = await createWebhook(admin, receiver.url);
    const rotated = await admin.data<{ rotateWebhookSecret: { secret: string } }>(
      'mutation ($id: ID!) { rotateWebhookSecret(id: $id) { secret } }',
      { id },
    );
    await admin.data('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', { id });
    await arrived(receiver, 1);
    const [message] = receiver.received;
    if (!message) throw new Error('a message was received');
    expect(verify(secret, message, message.text).type).toBe('ping');
    expect(verify(rotated.rotateWebhookSecret.secret, message, message.text).type).toBe('ping');
    expect(() => verify(secret, message, `${message.text} `)).toThrow();
    expect(rotated.rotateWebhookSecret.secret).not.toBe(secret);
    await admin.data('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id });
  });

  test('are refused where their address is no use', async () => {
    const make = (url: string) =>
      outcomeOf(
        admin,
        'mutation ($url: String!) { createWebhook(mallId: 1, url: $url, events: [MATERIAL_CREATED]) { secret } }',
        { url },
      );
    const urls = [
      'ftp://example.com/',
      'nothing',
      'http://10.0.0.1/',
      'http://[::1]/',
      'http://0x7f.1.example',
    ];
    expect(await Promise.all(urls.slice(0, 4).map(make))).toEqual(Array(4).fill('PARAMS_INVALID'));
    expect(await make('http://user:secret@example.com/')).toBe('PARAMS_INVALID');
    expect(await make('http://169.254.169.254/latest/meta-data')).toBe('PARAMS_INVALID');
    expect(await make(`https://example.com/${'a'.repeat(3000)}`)).toBe('PARAMS_INVALID');
    const none = 'mutation { createWebhook(mallId: 1, url: "https://example.com", events: []) { secret } }';
    expect(await outcomeOf(admin, none)).toBe('PARAMS_INVALID');
  });

  test('are bounded in each mall', async () => {
    const mallId = await newMall(admin);
    const outcomes: string[] = [];
    for (let i = 0; i < 21; i++) {
      outcomes.push(
        await createWebhook(admin, 'https://example.com/hook', { mallId }).then(
          () => 'OK',
          (error: unknown) => String(error),
        ),
      );
    }
    expect(outcomes.filter((outcome) => outcome === 'OK').length).toBe(20);
    expect(outcomes[20]).toContain('PARAMS_INVALID');
  });

  test('are seen by owners and administrators only, and never with their secret', async () => {
    const mallId = await newMall(admin);
    const owner = await newUser(admin, { malls: { [mallId]: 'OWNER' } });
    const editor = await newUser(admin, { malls: { [mallId]: 'EDITOR' } });
    const { id } = await createWebhook(owner.client, 'https://example.com/hook', { mallId });
    const query =
      'query ($mallId: Int!) { mall(id: $mallId) { webhooks { id url format events createdBy { id } } } }';
    const expected = {
      id,
      url: 'https://example.com/hook',
      format: 'JSON',
      events: expect.arrayContaining(['QUOTA_NEAR']),
      createdBy: { id: owner.id },
    };
    for (const client of [owner.client, admin]) {
      expect(await client.data(query, { mallId })).toEqual({ mall: { webhooks: [expected] } });
    }
    expect(await editor.client.data(query, { mallId })).toEqual({ mall: { webhooks: null } });
    const change = 'mutation ($id: ID!) { updateWebhook(id: $id, enabled: false) { enabled } }';
    expect(await outcomeOf(editor.client, change, { id })).toBe('FORBIDDEN');
    expect(await owner.client.data(change, { id })).toEqual({ updateWebhook: { enabled: false } });
  });
});

test('webhooks are refused private addresses, by name too, where the configuration does not allow them', async () => {
  await using server = await startStockroom();
  const admin = await Client.loggedIn(server.url);
  await using receiver = startReceiver();
  const make =
    'mutation ($url: String!) { createWebhook(mallId: 1, url: $url, events: [MATERIAL_CREATED]) { secret } }';
  expect(await outcomeOf(admin, make, { url: receiver.url })).toBe('PARAMS_INVALID');
  const byName = receiver.url.replace('127.0.0.1', 'localhost');
  const { id } = await createWebhook(admin, byName);
  await admin.upload([await fixture('tiny.gif')]);
  const failed = await deliveryLike(admin, id, ({ failure }) => failure !== null);
  expect(failed).toMatchObject({ failure: 'unreachable', responseStatus: null, state: 'PENDING' });
  expect(receiver.received).toEqual([]);
}, 60_000);
