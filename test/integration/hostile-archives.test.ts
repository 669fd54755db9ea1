import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readArchive } from '../../src/adapters/archive/read-archive.ts';
import { encodeHeaders } from '../../src/adapters/archive/tar.ts';
import { ArchiveWriter } from '../../src/adapters/archive/write-archive.ts';
import { fill } from '../support/backup.ts';
import { cliJson, runCli } from '../support/cli.ts';
import { filesBelow } from '../support/files.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let good: Buffer;
let entries: Entry[];
beforeAll(async () => {
  directory = await temporaryDirectory();
  await using server = await startStockroom();
  await fill(server, 3);
  const path = join(directory.path, 'good.tar');
  await cliJson(['backup', path], { env: { DATA_DIR: server.dataDir } });
  good = Buffer.from(await Bun.file(path).bytes());
  entries = [];
  for await (const { name, stream } of readArchive(path)) {
    const pieces: Uint8Array[] = [];
    for await (const bytes of stream()) pieces.push(bytes);
    entries.push({ name, bytes: Buffer.concat(pieces) });
  }
});
afterAll(async () => await directory[Symbol.asyncDispose]());

/** An archive that is whole, whatever its entries are. */
async function archiveOf(all: readonly Entry[]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const writer = new ArchiveWriter({ write: async (bytes) => void pieces.push(Buffer.from(bytes)) });
  for (const { name, bytes } of all) await writer.add(name, bytes);
  await writer.end();
  return Buffer.concat(pieces);
}

/** @returns the one line that it is refused with. */
async function refusal(archive: Buffer): Promise<string> {
  await using data = await temporaryDirectory();
  const path = join(data.path, 'x.tar');
  await Bun.write(path, archive);
  const dataDir = join(data.path, 'data');
  await mkdir(dataDir);
  const { exitCode, stderr } = await runCli(['restore', path], { env: { DATA_DIR: dataDir } });
  expect([exitCode, stderr.trimEnd().split('\n').length]).toEqual([1, 1]);
  expect(filesBelow(join(dataDir, 'files'))).toEqual([]);
  expect(existsSync(join(data.path, 'evil'))).toBe(false);
  return stderr;
}

const manifestWith = (change: object): Entry[] => {
  const [manifest, ...rest] = entries;
  const value = { ...JSON.parse(String(manifest?.bytes)), ...change };
  return [{ name: 'manifest.json', bytes: Buffer.from(JSON.stringify(value)) }, ...rest];
};
const replaced = (pattern: RegExp, change: (entry: Entry) => Entry): Entry[] => {
  const index = entries.findIndex(({ name }) => pattern.test(name));
  expect(index).toBeGreaterThan(0);
  return entries.map((entry, i) => (i === index ? change(entry) : entry));
};

describe('an archive is refused, with nothing written, that', () => {
  test('is cut, anywhere', async () => {
    for (const share of [0, 0.1, 0.5, 0.9]) {
      expect(await refusal(good.subarray(0, Math.floor(good.length * share)))).toMatch(/cut|damaged/);
    }
    expect(await refusal(good.subarray(0, good.length - 512))).toContain('cut');
  });

  test('has one bit flipped, anywhere', async () => {
    const path = join(directory.path, 'flipped.tar');
    const read = async () => {
      for await (const { stream } of readArchive(path)) for await (const _ of stream());
    };
    const step = Math.max(1, Math.floor(good.length / 300));
    for (let at = 0; at < good.length; at += step) {
      const flipped = Buffer.from(good);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      await Bun.write(path, flipped);
      expect([
        at,
        await read().then(
          () => 'read',
          () => 'refused',
        ),
      ]).toEqual([at, 'refused']);
    }
    const flipped = Buffer.from(good);
    const middle = good.indexOf('IDAT');
    flipped[middle] = (flipped[middle] ?? 0) ^ 1;
    expect(await refusal(flipped)).toContain('damaged');
  });

  test('is of a newer format or a newer release', async () => {
    expect(await refusal(await archiveOf(manifestWith({ format: 2 })))).toContain('newer');
    expect(await refusal(await archiveOf(manifestWith({ migrations: [9_999_999_999_999] })))).toContain(
      'newer',
    );
  });

  test('has names that lead elsewhere, or tables that are none of ours', async () => {
    for (const name of [
      'files/../../evil',
      '/tmp/evil',
      'files//evil',
      'tables/sessions.000000.copy',
      'evil',
    ]) {
      const all = [...entries, { name, bytes: Buffer.from('evil') }];
      expect([name, await refusal(await archiveOf(all))]).toEqual([name, expect.stringContaining('entries')]);
    }
    const tables = [{ name: 'sessions', columns: ['id_hash'], rows: 0 }];
    expect(await refusal(await archiveOf(manifestWith({ tables })))).toContain('tables');
    const columns = [{ name: 'users', columns: ["id\") from program 'x'; --"], rows: 0 }];
    expect(await refusal(await archiveOf(manifestWith({ tables: columns })))).toContain('tables');
  });

  test('claims a huge size', async () => {
    const size = 2 ** 52;
    const headers = encodeHeaders({ name: 'manifest.json', size, sha256: '0'.repeat(64) }, 0);
    expect(await refusal(Buffer.concat([headers, Buffer.alloc(2048)]))).toContain('cut');
  });

  test('has other bytes, other rows or fewer files than it tells', async () => {
    const bytes = Buffer.from('other bytes');
    const file = replaced(/^files\//, ({ name }) => ({ name, bytes }));
    expect(await refusal(await archiveOf(file))).toContain('another file than its row tells');
    const rows = replaced(/materials/, ({ name, bytes: all }) => ({
      name,
      bytes: all.subarray(0, all.indexOf('\n') + 1),
    }));
    expect(await refusal(await archiveOf(rows))).toContain('lacks rows');
    const broken = replaced(/materials/, ({ name }) => ({ name, bytes: Buffer.from('no such row\n') }));
    expect(await refusal(await archiveOf(broken))).toContain('did not take');
    const orphan = replaced(/blobs/, ({ name, bytes: all }) => ({ name, bytes: Buffer.concat([all, all]) }));
    expect(await refusal(await archiveOf(orphan))).toContain('did not take');
    expect(await refusal(await archiveOf(entries.slice(0, -1)))).toContain('lacks files');
  });

  test('is something else', async () => {
    expect(await refusal(Buffer.from('PK\u0003\u0004'.repeat(1000)))).toMatch(/damaged|not made/);
  });
});

test('an archive of an earlier release, with fewer tables and columns, is restored', async () => {
  const manifest = JSON.parse(String(entries[0]?.bytes)) as {
    tables: { name: string; columns: string[] }[];
    migrations: number[];
  };
  const tables = manifest.tables.filter(({ name }) => !/^(webhook|download|image)/.test(name));
  await using data = await temporaryDirectory();
  const path = join(data.path, 'old.tar');
  const old = manifestWith({ tables, migrations: manifest.migrations.slice(0, -1) });
  await Bun.write(path, await archiveOf(old));
  const { files } = await cliJson<{ files: number }>(['restore', path], { env: { DATA_DIR: data.path } });
  expect(files).toBe(3);
});
