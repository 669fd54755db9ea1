import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type postgres from 'postgres';
import { Client, fixture, type UploadResult } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { filesBelow } from '../support/files.ts';
import { replace } from '../support/material-life.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng, wavPieces } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { locksOfWriter, openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { streamOf } from '../support/upload.ts';

const MIB = 1024 * 1024;
const SPOOL_BYTES = 16 * MIB;

describeEachDatabase('a quota', (fresh) => {
  let server: StockroomServer;
  let client: Client;
  let sql: postgres.Sql;
  beforeAll(async () => {
    const env = await fresh();
    server = await startStockroom({ env: { ...env, SPOOL_BYTES: String(SPOOL_BYTES) } });
    client = await Client.loggedIn(server.url);
    sql = await openSql(server, env);
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
  });

  test('lets in what fits, and refuses single files', async () => {
    const [large, small, other] = [pngFile(60_000), pngFile(20_000), pngFile(20_000)];
    const mallId = await mallWith(client, small.size + other.size);
    expect(await upload(client, mallId, [large, small, other])).toEqual([
      'QUOTA_EXCEEDED',
      'Material',
      'Material',
    ]);
    expect(await usage(client, mallId)).toEqual({
      bytes: small.size + other.size,
      quotaBytes: small.size + other.size,
      materials: 2,
    });
    // Nothing else came in, and yet the request has not failed.
    expect(await upload(client, mallId, [pngFile()])).toEqual(['QUOTA_EXCEEDED']);
    await expectExact(sql);
  });

  test('is told with what is kept of each kind: equal bytes once, and those in the trash too', async () => {
    const [picture, trashed] = [pngFile(), pngFile()];
    const mallId = await mallWith(client, MIB);
    await client.upload([picture, picture], { mallId });
    const [gone] = await client.upload([trashed], { mallId });
    const [sound] = await client.upload([await fixture('plain.m4a')], { mallId });
    await client.data('mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { code } }', { ids: [gone?.id] });
    const { malls } = await client.data<{ malls: { id: number; usage: { byKind: unknown } }[] }>(
      '{ malls { id usage { byKind { kind materials bytes } } } }',
    );
    expect(malls.find(({ id }) => id === mallId)?.usage.byKind).toEqual([
      { kind: 'IMAGE', materials: 2, bytes: picture.size + trashed.size },
      { kind: 'VIDEO', materials: 0, bytes: 0 },
      { kind: 'AUDIO', materials: 1, bytes: sound?.size },
    ]);
    await expectExact(sql);
  });

  test('cuts off a file that grows beyond it, and takes the next', async () => {
    const mallId = await mallWith(client, MIB);
    async function* body() {
      yield concat([
        ...uploadFields(2, mallId).flatMap((part) => [partHead(part), part.value, '\r\n']),
        partHead({ name: '0', filename: 'noise.wav' }),
      ]);
      // More than the spool takes, so it would be refused as STORAGE_FULL if it were received any further.
      yield* wavPieces(4 * (SPOOL_BYTES / MIB));
      yield concat(['\r\n', partHead({ name: '1', filename: 'small.png' }), uniquePng(), '\r\n', END]);
    }
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': '1' },
      body: streamOf(body()),
    });
    const answer = (await response.json()) as { data: { uploadMaterials: UploadResult[] } };
    expect(answer.data.uploadMaterials).toMatchObject([
      { __typename: 'UploadRejection', originFilename: 'noise.wav', code: 'QUOTA_EXCEEDED' },
      { __typename: 'Material', originFilename: 'small.png' },
    ]);
    await expectExact(sql);
  });

  test('that is full takes bytes that the mall has already', async () => {
    const kept = pngFile(300_000);
    const mallId = await mallWith(client, kept.size);
    expect(await upload(client, mallId, [kept])).toEqual(['Material']);
    expect(await upload(client, mallId, [kept, pngFile()])).toEqual(['Material', 'QUOTA_EXCEEDED']);
    expect(await usage(client, mallId)).toEqual({ bytes: kept.size, quotaBytes: kept.size, materials: 2 });
    await expectExact(sql);
  });

  test('that is full gives a file that comes again under its id what that has become, whatever its bytes', async () => {
    const original = pngFile(300_000);
    const mallId = await mallWith(client, original.size);
    const uploadIds = [crypto.randomUUID()];
    const [first] = await client.upload([original], { mallId, uploadIds });
    await replace(client, String(first?.id), pngFile(200_000));
    await setQuota(client, mallId, 1000);
    for (const bytes of [300_000, 100_000, 400_000]) {
      const files = [pngFile(), bytes === 300_000 ? original : pngFile(bytes), pngFile()];
      const [before, again, after] = await client.upload(files, {
        mallId,
        uploadIds: [crypto.randomUUID(), ...uploadIds, crypto.randomUUID()],
      });
      expect(again).toMatchObject({ __typename: 'Material', id: first?.id });
      expect([before?.code, after?.code]).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
    }
    expect(await upload(client, mallId, [pngFile(100_000)])).toEqual(['QUOTA_EXCEEDED']);
    expect(await usage(client, mallId)).toMatchObject({ materials: 1 });
    await expectExact(sql);
  });

  test('that a file which is being kept fills has it wait that comes again under the same id', async () => {
    const file = pngFile(50_000);
    const mallId = await mallWith(client, file.size + 10_000);
    const options = { mallId, uploadIds: [crypto.randomUUID()] };
    const uploads: Promise<UploadResult[]>[] = [];
    await sql.begin(async (tx) => {
      await tx`lock table blobs in share mode`;
      uploads.push(client.upload([file], options));
      await until('the first to write its rows', async () => (await locksOfWriter(tx)) || undefined);
      uploads.push(client.upload([file], options));
      await until('the second to wait', async () => {
        const waiting = await tx`
          select from pg_locks join pg_database on pg_database.oid = database
          where datname = current_database() and locktype = 'advisory' and not granted`;
        return waiting.length > 0 || undefined;
      });
    });
    const [first, second] = await Promise.all(uploads);
    expect(first?.[0]?.__typename).toBe('Material');
    expect(second).toEqual(first);
    expect(await usage(client, mallId)).toMatchObject({ bytes: file.size, materials: 1 });
    await expectExact(sql);
  });

  test('has room once for equal files of one request', async () => {
    const file = pngFile(50_000);
    const mallId = await mallWith(client, file.size);
    expect(await upload(client, mallId, [file, file, file])).toEqual(['Material', 'Material', 'Material']);
    expect(await usage(client, mallId)).toMatchObject({ bytes: file.size, materials: 3 });
    await expectExact(sql);
  });

  test('that is lowered below what is kept, or to nothing, loses nothing and takes nothing more', async () => {
    const kept = pngFile(5000);
    const mallId = await mallWith(client, null);
    expect(await upload(client, mallId, [kept])).toEqual(['Material']);
    for (const quotaBytes of [kept.size - 1, 0]) {
      await setQuota(client, mallId, quotaBytes);
      expect(await upload(client, mallId, [pngFile()])).toEqual(['QUOTA_EXCEEDED']);
      expect(await usage(client, mallId)).toMatchObject({ bytes: kept.size, quotaBytes });
    }
    await setQuota(client, mallId, null);
    expect(await upload(client, mallId, [pngFile()])).toEqual(['Material']);
    await expectExact(sql);
  });

  test('counts what other uploads have reserved, for as long as their lease lasts', async () => {
    const mallId = await mallWith(client, 100_000);
    const reserve = (lease: string) =>
      sql`insert into quota_reservations (id, mall_id, bytes, expires_at)
        values (gen_random_uuid(), ${mallId}, 99999, now() + ${lease}::interval)`;
    await reserve('-1 second');
    expect(await upload(client, mallId, [pngFile()])).toEqual(['Material']);
    await reserve('1 minute');
    expect(await upload(client, mallId, [pngFile()])).toEqual(['QUOTA_EXCEEDED']);
    await sql`delete from quota_reservations`;
  });

  test('gives room back when a file is bad or its client leaves', async () => {
    const file = pngFile(50_000);
    const mallId = await mallWith(client, file.size + 10_000);
    expect(await upload(client, mallId, [await fixture('picture.svg')])).toEqual(['FILE_TYPE_NOT_ALLOWED']);
    await expectExact(sql);
    const request = await sendWholeAndHalf(client, server.url, mallId, file);
    await reserved(sql, mallId, file.size);
    expect(await upload(client, mallId, [pngFile(50_000)])).toEqual(['QUOTA_EXCEEDED']);
    request.reset();
    await until(
      'the room to be free',
      async () => (await reservations(sql, mallId)).length === 0 || undefined,
    );
    expect(await upload(client, mallId, [pngFile(50_000)])).toEqual(['Material']);
    await expectExact(sql);
  });

  test('has room reserved ahead where plenty is left, which comes back when the client leaves', async () => {
    const file = pngFile(50_000);
    const mallId = await mallWith(client, 1000 * MIB);
    const request = await sendWholeAndHalf(client, server.url, mallId, file);
    await until(
      'more to be reserved than the file takes',
      async () => (await reservations(sql, mallId)).some((bytes) => bytes > file.size) || undefined,
    );
    expect(await upload(client, mallId, [pngFile()])).toEqual(['Material']);
    request.reset();
    await until(
      'the room to be free',
      async () => (await reservations(sql, mallId)).length === 0 || undefined,
    );
    await expectExact(sql);
  });

  test('holds against an upload whose lease was lost', async () => {
    const file = pngFile(50_000);
    const mallId = await mallWith(client, file.size + 10_000);
    const request = await sendWholeAndHalf(client, server.url, mallId, file);
    await reserved(sql, mallId, file.size);
    await sql`delete from quota_reservations`;
    const winner = pngFile(50_000);
    expect(await upload(client, mallId, [winner])).toEqual(['Material']);
    await request.chunk(concat(['\r\n', END]));
    await request.chunk();
    const { text } = await request.answer();
    expect(text).toContain('QUOTA_EXCEEDED');
    expect(await usage(client, mallId)).toMatchObject({ bytes: winner.size, materials: 1 });
    await expectExact(sql);
    await until(
      'the spool to be empty',
      () => filesBelow(join(server.dataDir, 'spool')).length === 0 || undefined,
    );
  });

  test('counts on the legacy route', async () => {
    const [small, large] = [pngFile(), pngFile(50_000)];
    const mallId = await mallWith(client, small.size);
    const body = new FormData();
    body.append('one', large);
    body.append('two', small);
    const response = await client.send(`/malls/${mallId}/upload_batch`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      code: 0,
      data: [
        { origin_filename: large.name, success: false },
        { success: true, size: small.size },
      ],
    });
    await expectExact(sql);
  });

  test('is no matter to site files', async () => {
    const body = new FormData();
    body.append('img', pngFile());
    const response = await client.send('/cms/template', { method: 'POST', body });
    expect(await response.json()).toMatchObject({ code: 0 });
    await expectExact(sql);
  });
});

describeEachDatabase('what an upload reserved', (fresh) => {
  test('is free again when its server was killed and has started again', async () => {
    await using directory = await temporaryDirectory();
    const options = { env: await fresh(), dataDir: join(directory.path, 'data') };
    const file = pngFile(50_000);
    let mallId: number;
    {
      await using server = await startStockroom(options);
      const client = await Client.loggedIn(server.url);
      const sql = await openSql(server, options.env);
      mallId = await mallWith(client, file.size + 10_000);
      await sendWholeAndHalf(client, server.url, mallId, file);
      await reserved(sql, mallId, file.size);
      await sql.end({ timeout: 1 });
      await server.kill();
    }
    await using server = await startStockroom(options);
    const client = await Client.loggedIn(server.url);
    const sql = await openSql(server, options.env);
    expect(await reservations(sql, mallId)).toEqual([]);
    expect(await usage(client, mallId)).toMatchObject({ bytes: 0, materials: 0 });
    expect(await upload(client, mallId, [file])).toEqual(['Material']);
    await expectExact(sql);
    await sql.end({ timeout: 1 });
  });
});

describe.skipIf(missing('PostgreSQL', findPostgres()))('two instances', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  test('never take more than fits, however many uploads run at once', async () => {
    const env = { DATABASE_URL: await database.createDatabase() };
    await using first = await startStockroom({ env });
    await using second = await startStockroom({ env });
    const sql = await openSql(first, env);
    const clients = await Promise.all([Client.loggedIn(first.url), Client.loggedIn(second.url)]);
    const [client] = clients;
    if (!client) throw new Error('there are two');
    const BYTES = 40_000;
    const ROOM = 5;
    const { size } = pngFile(BYTES);
    for (let round = 0; round < 3; round++) {
      const mallId = await mallWith(client, ROOM * size);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => upload(clients[i % 2] ?? client, mallId, [pngFile(BYTES)])),
      );
      const count = (outcome: string) => outcomes.flat().filter((each) => each === outcome).length;
      expect([count('Material'), count('QUOTA_EXCEEDED')]).toEqual([ROOM, 20 - ROOM]);
      expect(await usage(client, mallId)).toEqual({
        bytes: ROOM * size,
        quotaBytes: ROOM * size,
        materials: ROOM,
      });
      await expectExact(sql);
    }
    expect(
      filesBelow(join(first.dataDir, 'files')).length + filesBelow(join(second.dataDir, 'files')).length,
    ).toBe(3 * ROOM);
    await sql.end({ timeout: 1 });
  });

  test('count equal bytes once that both take at the same time', async () => {
    const env = { DATABASE_URL: await database.createDatabase() };
    await using first = await startStockroom({ env });
    await using second = await startStockroom({ env });
    const sql = await openSql(first, env);
    const clients = await Promise.all([Client.loggedIn(first.url), Client.loggedIn(second.url)]);
    const [client] = clients;
    if (!client) throw new Error('there are two');
    const files = [pngFile(10_000), pngFile(10_000)];
    const bytes = files.reduce((total, { size }) => total + size, 0);
    for (const quotaBytes of [null, 100 * bytes]) {
      const mallId = await mallWith(client, quotaBytes);
      await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          upload(clients[i % 2] ?? client, mallId, i % 3 ? files : files.toReversed()),
        ),
      );
      expect(await usage(client, mallId)).toEqual({ bytes, quotaBytes, materials: 24 });
      await expectExact(sql);
    }
    await sql.end({ timeout: 1 });
  });
});

function pngFile(extraBytes = 16): File {
  return new File([uniquePng(extraBytes)], `${crypto.randomUUID()}.png`);
}

async function mallWith(client: Client, quotaBytes: number | null): Promise<number> {
  const made = await client.data<{ createMall: { id: number } }>(
    'mutation ($quotaBytes: ByteCount) { createMall(name: "with a quota", quotaBytes: $quotaBytes) { id } }',
    { quotaBytes },
  );
  return made.createMall.id;
}

async function setQuota(client: Client, id: number, quotaBytes: number | null): Promise<void> {
  await client.data(
    'mutation ($id: Int!, $quotaBytes: ByteCount) { updateMall(id: $id, quotaBytes: $quotaBytes) { id } }',
    { id, quotaBytes },
  );
}

async function usage(client: Client, id: number): Promise<unknown> {
  const { mall } = await client.data<{ mall: { usage: unknown } }>(
    'query ($id: Int!) { mall(id: $id) { usage { bytes quotaBytes materials } } }',
    { id },
  );
  return mall.usage;
}

/** What became of each file: `Material`, or the code of its rejection. */
async function upload(client: Client, mallId: number, files: readonly File[]): Promise<unknown[]> {
  const results = await client.upload(files, { mallId });
  return results.map(({ __typename, code }) => code ?? __typename);
}

/** One file whole, a part of the second; the body has no length. */
async function sendWholeAndHalf(
  client: Client,
  url: string,
  mallId: number,
  file: File,
): Promise<RawRequest> {
  const request = await RawRequest.open(url, '/graphql', {
    Cookie: client.cookie ?? '',
    'Content-Type': FORM_TYPE,
    'Apollo-Require-Preflight': 'true',
    'Transfer-Encoding': 'chunked',
  });
  await request.chunk(
    concat([
      ...uploadFields(2, mallId).flatMap((part) => [partHead(part), part.value, '\r\n']),
      partHead({ name: '0', filename: 'whole.png' }),
      await file.bytes(),
      '\r\n',
      partHead({ name: '1', filename: 'cut.png' }),
      uniquePng().subarray(0, 100),
    ]),
  );
  return request;
}

async function reservations(sql: postgres.Sql, mallId: number): Promise<number[]> {
  const rows = await sql<{ bytes: string }[]>`select bytes from quota_reservations where mall_id = ${mallId}`;
  return rows.map(({ bytes }) => Number(bytes));
}

async function reserved(sql: postgres.Sql, mallId: number, bytes: number): Promise<void> {
  await until('the reservation', async () => (await reservations(sql, mallId)).includes(bytes) || undefined);
}

/** What is counted is what is kept, and nothing is reserved for nobody. */
async function expectExact(sql: postgres.Sql): Promise<void> {
  const wrong = await sql`
    select id from malls
    where used_bytes + (select coalesce(sum(bytes), 0) from mall_usage where mall_id = malls.id)
      <> (select coalesce(sum(size), 0) from blobs where mall_id = malls.id)`;
  expect([...wrong]).toEqual([]);
  expect([...(await sql`select * from quota_reservations where expires_at > now()`)]).toEqual([]);
}
