import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { Client } from '../support/client.ts';
import { each } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { startSqlProxy } from '../support/sql-proxy.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { arrived, createWebhook, deliveryLike, startReceiver } from '../support/webhook-receiver.ts';

const ALLOWED = { REMOTE_ALLOW_CIDRS: '127.0.0.0/8' };
const OUTBOX = /insert into webhook_deliveries/;
const WANTED = /from "webhooks"/;

describe.skipIf(missing('PostgreSQL', findPostgres()))('webhooks', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  const png = () => new File([uniquePng()], 'a.png');

  test('are told nothing of a change whose commit is lost, and cost one statement else', async () => {
    const url = await database.createDatabase();
    await using proxy = await startSqlProxy(url);
    await using server = await startStockroom({ env: { DATABASE_URL: proxy.url, ...ALLOWED } });
    const admin = await Client.loggedIn(server.url);
    await using receiver = startReceiver();
    const count = (pattern: RegExp) => {
      const statements = proxy.take();
      return [statements.filter((text) => pattern.test(text)).length, statements] as const;
    };
    const files = () => Array.from({ length: 50 }, png);
    count(WANTED);
    const materials = await admin.upload(files());
    const [asked, statements] = count(WANTED);
    expect([asked, statements.filter((text) => OUTBOX.test(text)).length]).toEqual([1, 0]);

    const { id } = await createWebhook(admin, receiver.url);
    count(OUTBOX);
    await admin.upload(files());
    expect(count(OUTBOX)[0]).toBe(1);
    await arrived(receiver, 50);
    await each(
      admin,
      'deleteMaterials',
      materials.map((material) => String(material.id)),
    );
    expect(count(OUTBOX)[0]).toBe(1);
    await arrived(receiver, 100);

    const cutting = proxy.cutCommitAfter(OUTBOX);
    const outcome = await admin.upload([png()]).then(
      () => 'it did not fail',
      (error: unknown) => String(error),
    );
    expect([cutting.end(), outcome]).toEqual([true, expect.stringContaining('SERVICE_UNAVAILABLE')]);
    // What comes after it is told, so that would have been as well.
    await admin.data('mutation ($id: ID!) { pingWebhook(id: $id) { id } }', { id });
    await arrived(receiver, 101);
    expect(receiver.payloads('ping').length).toBe(1);
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    const [rows] = await sql`select count(*)::int as count from webhook_deliveries`;
    await sql.end();
    expect([rows?.count, receiver.received.length]).toEqual([101, 101]);
  }, 90_000);

  test('are told after the server was killed between the commit and the message', async () => {
    const env = { DATABASE_URL: await database.createDatabase(), ...ALLOWED };
    await using files = await temporaryDirectory();
    const store = { STORAGE_URL: `file:${files.path}` };
    const first = await startStockroom({ env: { ...env, ...store } });
    const never = Promise.withResolvers<Response>();
    let isStuck = true;
    await using receiver = startReceiver(() => (isStuck ? never.promise : new Response()));
    const admin = await Client.loggedIn(first.url);
    await createWebhook(admin, receiver.url);
    const [material] = await admin.upload([png()]);
    await arrived(receiver, 1);
    await first.kill();
    isStuck = false;
    await using second = await startStockroom({ env: { ...env, ...store } });
    await arrived(receiver, 2, 60_000);
    const [one, two] = receiver.received;
    expect([two?.id, two?.text]).toEqual([one?.id, one?.text?.replaceAll(first.url, second.url)]);
    expect(receiver.payloads('material.created')[1]?.data.material?.id).toBe(material?.id);
    never.resolve(new Response());
    await first[Symbol.asyncDispose]();
  }, 120_000);

  test('are told once by two servers', async () => {
    const env = { DATABASE_URL: await database.createDatabase(), ...ALLOWED };
    await using files = await temporaryDirectory();
    const store = { STORAGE_URL: `file:${files.path}` };
    await using one = await startStockroom({ env: { ...env, ...store } });
    await using two = await startStockroom({ env: { ...env, ...store } });
    await using receiver = startReceiver();
    const [admin, other] = [await Client.loggedIn(one.url), await Client.loggedIn(two.url)];
    const { id } = await createWebhook(admin, receiver.url);
    const uploads = Array.from({ length: 30 }, (_, i) => (i % 2 ? admin : other).upload([png()]));
    const materials = (await Promise.all(uploads)).flat();
    await arrived(receiver, 30, 60_000);
    await until('all to be settled', async () => {
      const pending = await admin.data<{
        webhook: { deliveries: { totalCount: number } };
      }>('query ($id: ID!) { webhook(id: $id) { deliveries(state: PENDING, first: 0) { totalCount } } }', {
        id,
      });
      return pending.webhook.deliveries.totalCount === 0 || undefined;
    });
    const told = receiver.payloads('material.created').map(({ data }) => data.material?.id);
    expect(told.sort()).toEqual(materials.map((material) => material.id).sort());
  }, 120_000);

  test('that failed for days without success are disabled', async () => {
    const url = await database.createDatabase();
    await using server = await startStockroom({ env: { DATABASE_URL: url, ...ALLOWED } });
    const admin = await Client.loggedIn(server.url);
    await using receiver = startReceiver(() => new Response(null, { status: 500 }));
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    const isEnabled = async () => (await sql`select enabled from webhooks`)[0]?.enabled;
    const { id } = await createWebhook(admin, receiver.url);
    const lastTry = async () => {
      const { pingWebhook } = await admin.data<{ pingWebhook: { id: string } }>(
        'mutation ($id: ID!) { pingWebhook(id: $id) { id } }',
        { id },
      );
      const ping = (state: string) =>
        deliveryLike(
          admin,
          id,
          (one) => one.id === pingWebhook.id && one.state === state && one.attempts > 0,
        );
      await ping('PENDING');
      await sql`update webhook_deliveries set attempts = 8, due_at = now() where id = ${pingWebhook.id}`;
      await ping('FAILED');
    };
    await lastTry();
    expect(await isEnabled()).toBe(true);
    await sql`update webhooks set updated_at = now() - interval '4 days'`;
    await sql`insert into webhook_deliveries (id, webhook_id, event, payload, state, finished_at)
      values (gen_random_uuid(), ${id}, 'ping', '{"data": {}}', 'DELIVERED', now() - interval '1 day')`;
    await lastTry();
    expect(await isEnabled()).toBe(true);
    await sql`update webhook_deliveries set finished_at = now() - interval '4 days' where state = 'DELIVERED'`;
    await lastTry();
    await until('the webhook to be disabled', async () => (await isEnabled()) === false || undefined);
    const [event] = await sql`select data from audit_events where action = 'webhook.updated'`;
    expect(event?.data).toMatchObject({ reason: 'failing' });
    await sql.end();
  }, 90_000);

  test('are removed while something happens in their mall', async () => {
    const url = await database.createDatabase();
    await using server = await startStockroom({ env: { DATABASE_URL: url, ...ALLOWED } });
    const admin = await Client.loggedIn(server.url);
    await using receiver = startReceiver();
    for (let round = 0; round < 10; round++) {
      const { id } = await createWebhook(admin, receiver.url);
      const [uploaded, removed] = await Promise.all([
        admin.upload([png(), png()]),
        admin.graphql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id }),
      ]);
      expect([uploaded.map(({ __typename }) => __typename), removed]).toEqual([
        ['Material', 'Material'],
        { data: { deleteWebhook: true } },
      ]);
    }
  }, 60_000);
});
