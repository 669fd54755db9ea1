import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { each } from '../support/material-life.ts';
import { uniquePng, wavPieces } from '../support/pictures.ts';
import { hasProc, openFiles, residentBytes } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { openSql } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newMall, newUser } from '../support/users.ts';
import { readZip, type ZipEntry } from '../support/zip.ts';

const MIB = 1024 * 1024;
const SPARE_FILES = 4;
const GIB = 1024 * MIB;

let server: StockroomServer;
let admin: Client;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

interface Kept {
  readonly id: string;
  /** On the server's disk. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function keep(
  mallId: number,
  name: string,
  { folder, bytes = uniquePng() }: { folder?: string; bytes?: Uint8Array<ArrayBuffer> } = {},
): Promise<Kept> {
  const directory = join(server.dataDir, 'files');
  const before = new Set(filesBelow(directory));
  const [material] = await admin.upload([new File([bytes], name)], { mallId, ...(folder ? { folder } : {}) });
  const key = filesBelow(directory).find((path) => !before.has(path));
  return { id: String(material?.id), path: join(directory, String(key)), bytes };
}

const wav = (mebibytes: number) => new Uint8Array(Buffer.concat([...wavPieces(mebibytes)]));
const address = (mallId: number, query: Record<string, string> | readonly Kept[]) =>
  `/malls/${mallId}/materials.zip?${
    Array.isArray(query)
      ? query.map(({ id }: Kept) => `id=${id}`).join('&')
      : new URLSearchParams(query as Record<string, string>)
  }`;
const codeOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return [response.status, ((await response.json()) as { code: string }).code];
};
async function zipOf(path: string, client = admin): Promise<Map<string, ZipEntry>> {
  const response = await client.send(path);
  expect(response.status).toBe(200);
  return readZip(await response.bytes());
}

test('a ZIP has the bytes of a selection under their names, stored, in folders, numbered where they are equal', async () => {
  const mallId = await newMall(admin, '春 "mall"/x');
  const files = [
    await keep(mallId, 'a.png'),
    await keep(mallId, 'a.png'),
    await keep(mallId, '../商品 1.png', { folder: '活动/春' }),
  ];
  const path = address(mallId, files);
  const response = await admin.send(path);
  expect(response.status).toBe(200);
  const { headers } = response;
  expect(headers.get('content-type')).toBe('application/zip');
  expect(headers.get('cache-control')).toBe('private, no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const disposition = decodeURIComponent(String(headers.get('content-disposition')));
  expect(disposition).toMatch(/^attachment; .*filename\*=UTF-8''春 "mall"_x \d{4}-\d\d-\d\d\.zip$/);
  const bytes = await response.bytes();

  const entries = readZip(bytes);
  expect([...entries.keys()]).toEqual(['a.png', 'a (2).png', '活动/春/__商品 1.png']);
  for (const [i, entry] of [...entries.values()].entries()) {
    expect(entry).toMatchObject({ method: 0, isUtf8: true });
    expect(entry.bytes).toEqual(files[i]?.bytes as Uint8Array);
    expect(entry.crc).toBe(crc32(entry.bytes));
  }
  const shanghai = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short' });
  expect(entries.get('a.png')?.modified.startsWith(shanghai.format(new Date()))).toBe(true);

  const head = await admin.send(path, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.byteLength)]);
  expect((await admin.send(path, { method: 'POST' })).status).toBe(405);
});

test.skipIf(missing('python3', Bun.which('python3')))(
  'Python reads the archive, its names and its checksums',
  async () => {
    const mallId = await newMall(admin);
    await keep(mallId, '商品.png', { folder: 'x' });
    await keep(mallId, 'b.wav', { bytes: wav(2) });
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'a.zip');
    await writeFile(file, await (await admin.send(address(mallId, { name: '' }))).bytes());
    const script = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist())';
    const python = Bun.spawn(['python3', '-X', 'utf8', '-c', script, file]);
    expect(await new Response(python.stdout).text()).toBe("None ['x/商品.png', 'b.wav']\n");
  },
);

describe('the selection', () => {
  test('is by kind, folder, tag and part of the name, as in lists', async () => {
    const mallId = await newMall(admin);
    const picture = await keep(mallId, 'Red.png', { folder: 'x' });
    await keep(mallId, 'blue.png', { folder: 'x/y' });
    await keep(mallId, 'sound.wav', { bytes: wav(1) });
    await admin.data('mutation ($ids: [ID!]!) { updateMaterials(ids: $ids, addTags: ["a b"]) { code } }', {
      ids: [picture.id],
    });
    for (const [query, names] of [
      [{ kind: 'AUDIO' }, ['sound.wav']],
      [{ folder: 'x' }, ['x/Red.png']],
      [{ folder: '' }, ['sound.wav']],
      [{ tag: 'a b' }, ['x/Red.png']],
      [{ name: 'RE' }, ['x/Red.png']],
      [{ kind: 'IMAGE', name: 'e' }, ['x/Red.png', 'x/y/blue.png']],
    ] as const) {
      expect([...(await zipOf(address(mallId, query))).keys()]).toEqual([...names]);
    }
    expect(await codeOf(await admin.send(address(mallId, { tag: 'none' })))).toEqual([404, 'NOT_FOUND']);
  });

  test('that is empty, unclear or too large is 400', async () => {
    const { id } = await keep(1, 'a.png');
    for (const query of [
      '',
      'id=',
      'id=1',
      'kind=image',
      'kind=IMAGE&kind=VIDEO',
      'folder=a%00',
      `id=${id}&tag=a`,
      `id=${id}&size=1`,
      Array.from({ length: 301 }, () => `id=${crypto.randomUUID()}`).join('&'),
    ]) {
      expect(await codeOf(await admin.send(`/malls/1/materials.zip?${query}`))).toEqual([
        400,
        'PARAMS_INVALID',
      ]);
    }
  });

  test('of three hundred ids is answered', async () => {
    const { id } = await keep(1, 'a.png');
    const query = Array.from({ length: 300 }, () => `id=${id}`).join('&');
    expect((await zipOf(`/malls/1/materials.zip?${query}`)).size).toBe(1);
  });

  test('of ids that are not all there, in this mall and out of the trash is 404', async () => {
    const mallId = await newMall(admin);
    const own = await keep(mallId, 'a.png');
    const foreign = await keep(1, 'a.png');
    const trashed = await keep(mallId, 'b.png');
    await each(admin, 'deleteMaterials', [trashed.id]);
    const absent = { ...own, id: crypto.randomUUID() };
    for (const other of [foreign, trashed, absent]) {
      expect(await codeOf(await admin.send(address(mallId, [own, other])))).toEqual([404, 'NOT_FOUND']);
    }
    expect([...(await zipOf(address(mallId, { name: '.png' }))).keys()]).toEqual(['a.png']);
  });
});

test('private files are in it for members and their tokens; others learn nothing', async () => {
  const mallId = await newMall(admin);
  const file = await keep(mallId, 'a.png');
  await admin.data('mutation ($ids: [ID!]!) { updateMaterials(ids: $ids, visibility: PRIVATE) { code } }', {
    ids: [file.id],
  });
  const { client: member } = await newUser(admin, { malls: { [mallId]: 'VIEWER' } });
  const { client: stranger } = await newUser(admin);
  const path = address(mallId, [file]);
  expect((await zipOf(path, member)).get('a.png')?.bytes).toEqual(file.bytes);
  const { createApiToken: made } = await member.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(name: "read", scopes: READ) { token } }',
  );
  const script = await fetch(server.url + path, { headers: { authorization: `Bearer ${made.token}` } });
  expect(readZip(await script.bytes()).size).toBe(1);
  expect(await codeOf(await stranger.send(path))).toEqual([404, 'NOT_FOUND']);
  expect(await codeOf(await fetch(server.url + path))).toEqual([401, 'LOGIN_REQUIRED']);
});

describe('a file that is', () => {
  test.each([
    ['missing', (path: string) => rm(path)],
    ['cut', (path: string) => truncate(path, MIB)],
    ['longer than it was', (path: string) => truncate(path, 8 * MIB)],
  ] as const)('%s is an error before the first byte, or cuts the connection', async (_, harm) => {
    const mallId = await newMall(admin);
    const [good, bad] = [await keep(mallId, 'good.png'), await keep(mallId, 'bad.wav', { bytes: wav(2) })];
    const path = address(mallId, [good, bad]);
    expect((await zipOf(path)).size).toBe(2);
    await harm(bad.path);
    expect(await codeOf(await admin.send(address(mallId, [bad])))).toEqual([500, 'INTERNAL_ERROR']);
    const request = await RawRequest.open(server.url, path, { cookie: String(admin.cookie) }, 'GET');
    await until('the connection to end', () => request.closed || undefined);
    const response = await admin
      .send(path)
      .then((answer) => answer.bytes())
      .catch((error: unknown) => error);
    expect(response).toBeInstanceOf(Error);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('more than 4 GiB', () => {
  /** Makes a stored file a sparse one with a mark at its end. */
  const grow = async ({ path }: Kept, size: number) => {
    const handle = await open(path, 'r+');
    await handle.truncate(size);
    await handle.write(Buffer.from('last'), 0, 4, size - 4);
    await handle.close();
    const sql = await openSql(server, {});
    await sql`update blobs set size = ${size} where storage_key = ${path.split('/files/')[1] ?? ''}`;
    await sql.end();
  };

  test.skipIf(!hasProc)(
    'in one file or in all of them is a ZIP64 that was never in memory',
    async () => {
      const mallId = await newMall(admin);
      const large = await keep(mallId, 'large.wav', { bytes: wav(1) });
      const small = await keep(mallId, 'small.png');
      await grow(large, 4 * GIB + 5);
      const before = residentBytes(server.process.pid);
      const response = await admin.send(address(mallId, { name: '' }));
      const head = await admin.send(address(mallId, { name: '' }), { method: 'HEAD' });
      const declared = Number(head.headers.get('content-length'));
      let size = 0;
      let peak = 0;
      let tail = Buffer.alloc(0);
      for await (const piece of response.body ?? []) {
        if (Math.floor(size / (64 * MIB)) !== Math.floor((size + piece.byteLength) / (64 * MIB)))
          peak = Math.max(peak, residentBytes(server.process.pid));
        size += piece.byteLength;
        tail = Buffer.concat([tail, piece]);
        if (tail.byteLength > 4096) tail = tail.subarray(-4096);
      }
      expect(size).toBe(declared);
      expect(peak - before).toBeLessThan(128 * MIB);
      const entries = readZip(tail, size);
      expect(entries.get('large.wav')).toMatchObject({ size: 4 * GIB + 5, offset: 0 });
      const second = entries.get('small.png');
      expect(second?.offset).toBeGreaterThan(4 * GIB);
      expect(second?.bytes).toEqual(small.bytes);
    },
    180_000,
  );
});

describe('a client that leaves', () => {
  test.skipIf(!hasProc)(
    'stops the reading, and nothing stays open',
    async () => {
      const mallId = await newMall(admin);
      await keep(mallId, 'a.wav', { bytes: wav(32) });
      const path = address(mallId, { name: '' });
      const { pid } = server.process;
      const leave = async () => {
        const request = await RawRequest.open(server.url, path, { cookie: String(admin.cookie) }, 'GET');
        await request.received(100_000);
        request.reset();
      };
      // The first ones make the database's connections, too.
      await Promise.all(Array.from({ length: 30 }, leave));
      const files = openFiles(pid);
      const memory = residentBytes(pid);
      for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 30 }, leave));
      await until('descriptors to be closed', () => openFiles(pid) <= files + SPARE_FILES || undefined, 2000);
      await until(
        'reading to stop',
        async () => {
          const before = readChars(pid);
          await Bun.sleep(200);
          return (await readChars(pid)) - (await before) < MIB || undefined;
        },
        1500,
      );
      expect(residentBytes(pid) - memory).toBeLessThan(96 * MIB);
    },
    60_000,
  );
});

describe.concurrent('a client that', () => {
  let path: string;
  beforeAll(async () => {
    const mallId = await newMall(admin);
    await keep(mallId, 'a.wav', { bytes: wav(12) });
    path = address(mallId, { name: '' });
  });
  const begin = async () => {
    const request = await RawRequest.open(server.url, path, { cookie: String(admin.cookie) }, 'GET');
    await request.received(1);
    return request;
  };

  test.skipIf(!hasProc)(
    'takes no more is cut within a minute',
    async () => {
      const request = await begin();
      request.pause();
      await until('the server to close', () => !request.isEstablished() || undefined, 65_000);
      request.reset();
    },
    80_000,
  );

  test('is slow and steady gets all of it', async () => {
    const request = await begin();
    const started = performance.now();
    for (let seconds = 0; seconds < 80; seconds = (performance.now() - started) / 1000) {
      if (request.receivedBytes <= seconds * 60_000) await request.take();
      // The pace is what is tested.
      await Bun.sleep(100);
    }
    request.resume();
    const { body } = await request.answer(20_000);
    expect(body.byteLength).toBeGreaterThan(12 * MIB);
    // The end of the central directory (APPNOTE.TXT 4.3.16), which an archive that was cut does not have.
    expect(Buffer.from(body.slice(-22, -18)).toString()).toBe('PK\x05\x06');
    request.close();
  }, 130_000);
});

/** What a process has read so far, bytes. */
async function readChars(pid: number): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await Bun.file(`/proc/${pid}/io`).text())?.[1]);
}
