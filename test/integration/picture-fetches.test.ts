import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type postgres from 'postgres';
import { runCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { freePort } from '../support/ports.ts';
import {
  fetchAvatar,
  fetchAvatarAnswer,
  LOOPBACK_ALLOWED,
  saveImage,
  saveImageAnswer,
  saveImages,
} from '../support/remote-pictures.ts';
import { describeEachSessionStore } from '../support/session-stores.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { cannotTrace, Strace } from '../support/strace.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newUser } from '../support/users.ts';

let pictures: PictureServer;
beforeAll(async () => {
  pictures = await PictureServer.start();
});
afterAll(async () => await pictures[Symbol.asyncDispose]());

const fetches = (sql: postgres.Sql) =>
  sql`select purpose, state, error_code, mall_id, user_id, url, bytes::int, etag, material_id, finished_at is not null as ended
    from image_fetches order by started_at, id`;

describe('what the table of fetches tells', () => {
  let server: StockroomServer;
  let client: Client;
  let sql: postgres.Sql;
  beforeAll(async () => {
    server = await startStockroom({ env: { ...LOOPBACK_ALLOWED, REMOTE_TIMEOUT_MS: '1000' } });
    client = await Client.loggedIn(server.url);
    sql = await openSql(server, {});
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  test('is what came of each', async () => {
    const bytes = uniquePng();
    const url = pictures.give('/row.png', bytes, { etag: 'W/"7"' });
    const saved = await saveImage(client, `${url}#here`);
    await saveImage(client, pictures.give('/row.txt', Buffer.from('text')));
    const missing = `${pictures.url}/row-missing.png`;
    await fetchAvatarAnswer(client, missing.replace('//', '//user:secret@'));
    const avatar = await fetchAvatar(client, url);
    const row = { user_id: 1, ended: true, etag: null, error_code: null, mall_id: 1, purpose: 'MATERIAL' };
    expect([...(await fetches(sql))]).toMatchObject([
      {
        ...row,
        state: 'SAVED',
        url,
        bytes: bytes.byteLength,
        etag: 'W/"7"',
        material_id: saved.material?.id ?? '',
      },
      { ...row, state: 'FAILED', error_code: 'REMOTE_NOT_AN_IMAGE', bytes: 4, material_id: null },
      {
        ...row,
        purpose: 'AVATAR',
        mall_id: null,
        state: 'FAILED',
        error_code: 'REMOTE_UNREACHABLE',
        url: missing,
      },
      { ...row, purpose: 'AVATAR', mall_id: null, state: 'SAVED', etag: 'W/"7"', material_id: avatar.id },
    ]);
  });

  test('goes on telling that there was one when the material is purged', async () => {
    const saved = await saveImage(client, pictures.give('/purged.png', uniquePng()));
    const id = saved.material?.id;
    for (const mutation of ['deleteMaterials', 'purgeMaterials']) {
      await client.data(`mutation ($ids: [ID!]!) { ${mutation}(ids: $ids) { code } }`, { ids: [id] });
    }
    expect((await fetches(sql)).at(-1)).toMatchObject({ state: 'SAVED', material_id: null });
  });

  test('does not tell of what a client that left was still to get', async () => {
    const { client: own, id } = await newUser(client, { malls: { 1: 'EDITOR' } });
    const held = Array.from({ length: 5 }, (_, i) => pictures.hold(`/left/${i}.png`, uniquePng()));
    const leaving = new AbortController();
    const answer = own.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($urls: [String!]!) { saveImages(mallId: 1, urls: $urls) { code } }',
        variables: { urls: held.map(({ url }) => url) },
      }),
      signal: leaving.signal,
    });
    await pictures.waitForOpen(2);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    const states = () => sql<{ state: string }[]>`select state from image_fetches where user_id = ${id}`;
    await until('an end of all', async () => {
      const rows = await states();
      return (rows.length === 2 && rows.every(({ state }) => state === 'FAILED')) || undefined;
    });
    expect(await saveImage(own, pictures.give('/left/after.png', uniquePng()))).toMatchObject({
      success: true,
    });
  });

  test('is in the audit trail as well', async () => {
    const { client: own, id } = await newUser(client);
    const avatar = await fetchAvatar(own, pictures.give('/audited.png', uniquePng()));
    const events = await sql`
      select action, subject_id, mall_id from audit_events
      where actor_id = ${id} and action not like 'user.%' order by id`;
    expect([...events]).toEqual([
      { action: 'material.created', subject_id: avatar.id, mall_id: null },
      { action: 'avatar.changed', subject_id: String(id), mall_id: null },
    ]);
  });

  test('is swept: what was lost fails, what is old and led to nothing goes', async () => {
    const add = async (state: string, age: string, materialId: string | null = null) => {
      const id = Bun.randomUUIDv7();
      await sql`insert into image_fetches (id, purpose, user_id, mall_id, url, state, material_id, started_at)
        values (${id}, 'MATERIAL', 1, 1, 'http://example.com/', ${state}, ${materialId}, now() - ${age}::interval)`;
      return id;
    };
    const saved = await saveImage(client, pictures.give('/old.png', uniquePng()));
    const lost = await add('RUNNING', '2 hours');
    const running = await add('RUNNING', '1 minute');
    const old = await add('FAILED', '401 days');
    const younger = await add('FAILED', '399 days');
    const kept = await add('SAVED', '401 days', saved.material?.id ?? null);
    const { exitCode, stdout } = await runCli(['sweep'], { env: { DATA_DIR: server.dataDir } });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining('Removed 1 old record of fetched pictures'),
    });
    const rows = await sql<{ id: string; state: string }[]>`
      select id, state from image_fetches where id in ${sql([lost, running, old, younger, kept])} order by id`;
    expect(Object.fromEntries(rows.map(({ id, state }) => [id, state]))).toEqual({
      [lost]: 'FAILED',
      [running]: 'RUNNING',
      [younger]: 'FAILED',
      [kept]: 'SAVED',
    });
    await sql`delete from image_fetches where id = ${running}`;
  });
});

test('what is refused, where nobody answers and what answers too late look the same', async () => {
  const silent = pictures.at('/too-late.png', () => undefined);
  const closed = `http://127.0.0.1:${await freePort()}/a.png`;
  const answers = new Set<string>();
  const take = async (env: Record<string, string>, url: string) => {
    await using server = await startStockroom({ env });
    const client = await Client.loggedIn(server.url);
    for (const answer of [await saveImageAnswer(client, url), await fetchAvatarAnswer(client, url)]) {
      answers.add(JSON.stringify(answer).replaceAll(JSON.stringify(url), '"(the address)"'));
    }
    const legacy = await client.send('/avatar', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ avatarUrl: url }),
    });
    const headers = [...legacy.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    answers.add(JSON.stringify([legacy.status, headers, await legacy.text()]));
  };
  await take({}, silent);
  await take(LOOPBACK_ALLOWED, closed);
  await take({ ...LOOPBACK_ALLOWED, REMOTE_TIMEOUT_MS: '300' }, silent);
  expect(answers.size).toBe(3);
});

describeEachSessionStore('the fetches of a user', (store) => {
  const start = async (files: string, more: Record<string, string> = {}) =>
    await startStockroom({
      env: { ...store().env, ...LOOPBACK_ALLOWED, STORAGE_URL: `file:${files}`, ...more },
    });

  test('run two at a time, on all instances together', async () => {
    await using files = await temporaryDirectory();
    await using first = await start(files.path);
    await using second = await start(files.path);
    const admin = await Client.loggedIn(first.url);
    const { client, username, password } = await newUser(admin, { malls: { 1: 'EDITOR' } });
    const elsewhere = await Client.loggedIn(second.url, { username, password });
    const held = Array.from({ length: 9 }, (_, i) =>
      pictures.hold(`/two/${store().kind}/${i}.png`, uniquePng()),
    );
    const urls = held.map(({ url }) => url);
    pictures.mostOpen = 0;
    const all = [client, client, elsewhere].map((of, i) => saveImages(of, urls.slice(3 * i, 3 * i + 3)));
    await pictures.waitForOpen(2);
    // Others have their own turns.
    const { client: other } = await newUser(admin, { malls: { 1: 'EDITOR' } });
    expect(await saveImage(other, pictures.give('/two/other.png', uniquePng()))).toMatchObject({
      success: true,
    });
    expect(pictures.mostOpen).toBe(3);
    for (const { release } of held) release();
    const outcomes = (await Promise.all(all)).flat();
    expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => null));
    expect(pictures.mostOpen).toBe(3);
  });

  test('have one place left beside one on another instance, whichever of two calls takes it', async () => {
    await using files = await temporaryDirectory();
    await using first = await start(files.path);
    await using second = await start(files.path);
    const { client, username, password } = await newUser(await Client.loggedIn(first.url), {
      malls: { 1: 'EDITOR' },
    });
    const elsewhere = await Client.loggedIn(second.url, { username, password });
    const [one, ...held] = Array.from({ length: 7 }, (_, i) =>
      pictures.hold(`/one/${store().kind}/${i}.png`, uniquePng()),
    );
    if (!one) throw new Error('no picture');
    pictures.mostOpen = 0;
    const others = saveImage(elsewhere, one.url);
    await pictures.waitForOpen(1);
    const urls = held.map(({ url }) => url);
    const calls = [saveImages(client, urls.slice(0, 3)), saveImages(client, urls.slice(3))];
    await pictures.waitForOpen(2);
    // The server looks again in the meantime.
    await Bun.sleep(1000);
    expect(pictures.mostOpen).toBe(2);
    one.release();
    expect(await others).toMatchObject({ success: true });
    await pictures.waitForOpen(2);
    for (const { release } of held) release();
    expect((await Promise.all(calls)).flat().map(({ code }) => code)).toEqual(Array(6).fill(null));
    expect(pictures.mostOpen).toBe(2);
  });

  test('are so many a minute, and those of one call count each', async () => {
    await using files = await temporaryDirectory();
    await using first = await start(files.path, { REMOTE_FETCHES_PER_MINUTE: '5' });
    await using second = await start(files.path, { REMOTE_FETCHES_PER_MINUTE: '5' });
    const { client, username, password } = await newUser(await Client.loggedIn(first.url), {
      malls: { 1: 'EDITOR' },
    });
    const elsewhere = await Client.loggedIn(second.url, { username, password });
    const url = (i: number) => pictures.give(`/minute/${i}.png`, uniquePng());
    await saveImages(client, [url(1), url(2), url(3)]);
    await fetchAvatar(elsewhere, url(4));
    const refused = await client.graphql(
      'mutation ($urls: [String!]!) { saveImages(mallId: 1, urls: $urls) { code } }',
      { urls: [url(5), url(6)] },
    );
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(refused.errors?.[0]?.extensions.retryAfter)).toBeGreaterThan(0);
    // What was refused did not count.
    expect(await saveImage(elsewhere, url(7))).toMatchObject({ success: true });
    const { errors } = await saveImageAnswer(client, url(8));
    expect(errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    const legacy = await client.send('/avatar', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ avatarUrl: url(9) }),
    });
    expect(legacy.status).toBe(429);
    expect(Number(legacy.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(pictures.count('/minute/9.png')).toBe(0);
  });

  test('on an instance that is killed leave nothing, and their places are free after a while', async () => {
    await using files = await temporaryDirectory();
    const env = { REMOTE_TIMEOUT_MS: '1000' };
    const killed = await start(files.path, { REMOTE_TIMEOUT_MS: '60000' });
    await using survivor = await start(files.path, env);
    const { client, id, username, password } = await newUser(await Client.loggedIn(killed.url), {
      malls: { 1: 'EDITOR' },
    });
    const half = uniquePng(100_000);
    const urls = [1, 2].map((i) =>
      pictures.at(`/killed/${store().kind}/${i}.png`, (response) => {
        response.writeHead(200, { 'content-length': half.byteLength });
        response.write(half.subarray(0, 50_000));
      }),
    );
    const lost = saveImages(client, urls).catch((error: unknown) => error);
    await pictures.waitForOpen(2);
    const before = filesBelow(files.path);
    const { dataDir } = killed;
    await killed.kill();
    expect(await lost).toBeInstanceOf(Error);
    const elsewhere = await Client.loggedIn(survivor.url, { username, password });
    expect(await saveImage(elsewhere, pictures.give('/killed/after.png', uniquePng()))).toMatchObject({
      success: true,
    });
    const rows = await store()
      .sql`select state, material_id from image_fetches where user_id = ${id} order by id`;
    expect([...rows].map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'SAVED']);
    expect(filesBelow(files.path).length).toBe(before.length + 1);
    await using again = await startStockroom({
      dataDir,
      env: { ...store().env, ...LOOPBACK_ALLOWED, STORAGE_URL: `file:${files.path}` },
    });
    expect(filesBelow(join(again.dataDir, 'spool'))).toEqual([]);
  });

  test('end with the client that asked', async () => {
    await using files = await temporaryDirectory();
    await using server = await start(files.path);
    const { client, id } = await newUser(await Client.loggedIn(server.url), { malls: { 1: 'EDITOR' } });
    const { url } = pictures.hold(`/left/${store().kind}.png`, uniquePng());
    const leaving = new AbortController();
    const asked = client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($url: String!) { saveImage(mallId: 1, url: $url) { success } }',
        variables: { url },
      }),
      signal: leaving.signal,
    });
    await pictures.waitForOpen(1);
    leaving.abort();
    await asked.catch(() => undefined);
    await pictures.waitForOpen(0);
    await until('the end of the fetch', async () => {
      const [row] = await store().sql`select state from image_fetches where user_id = ${id}`;
      return row?.state === 'FAILED' ? true : undefined;
    });
    expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
  });
});

test.skipIf(cannotTrace())(
  'a slow disk keeps nobody from fetching the next pictures',
  async () => {
    await using server = await startStockroom({ env: LOOPBACK_ALLOWED });
    const client = await Client.loggedIn(server.url);
    const asked = new Set<string>();
    const bytes = uniquePng();
    const urls = [1, 2, 3, 4].map((n) =>
      pictures.at(`/slow-disk/${n}.png`, (response, { url }) => {
        asked.add(String(url));
        response.end(Buffer.concat([bytes, Buffer.from(String(n))]));
      }),
    );
    await using disk = await Strace.attach(server.process.pid, [
      ...['-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=60s'],
    ]);
    const saved = saveImages(client, urls);
    await until('all to be asked for', () => asked.size === urls.length || undefined);
    await disk.detach();
    expect((await saved).map(({ success }) => success)).toEqual([true, true, true, true]);
  },
  120_000,
);
