import { describe, expect, test } from 'bun:test';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client, type UploadResult } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { describeEachStore, type Place } from '../support/places.ts';
import { embeddedDatabasePid, hasProc, isAlive } from '../support/processes.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const ROUNDS = 12;
const CLIENTS = 3;
/** When in a round the blow falls, ms. */
const EARLIEST = 60;
const LATEST = 700;
const VICTIMS = ['the server', 'the database', 'both'] as const;

interface Kept {
  readonly basePath: string;
  readonly sha256: string;
}

describeEachStore('after kill -9', (freshPlace) => {
  test.skipIf(!hasProc)(
    `of the server, its database or both, ${ROUNDS} times during uploads, all that was acknowledged is there`,
    async () => {
      await using directory = await temporaryDirectory();
      const dataDir = join(directory.path, 'data');
      const acknowledged: Kept[] = [];
      const place = await freshPlace();
      const start = () => startStockroom({ dataDir, env: place.env });
      let server = await start();
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const victim = VICTIMS[round % VICTIMS.length] ?? 'both';
          const known = acknowledged.length;
          const uploads = keepUploading(server, acknowledged);
          // The moment is what is tested.
          await Bun.sleep(EARLIEST + Math.random() * (LATEST - EARLIEST));
          const database = embeddedDatabasePid(dataDir);
          if (victim !== 'the server') process.kill(database, 'SIGKILL');
          if (victim === 'the database') {
            // What it forked lives on for a moment.
            await until('another database', () => hasRestarted(dataDir, database) || undefined, 30_000);
            const client = await loggedIn(server);
            await until(
              'an upload to succeed again',
              async () => (await tryUpload(client, uniquePng())) !== undefined || undefined,
              20_000,
            );
          } else {
            await server.kill();
          }
          await uploads.stop();
          // What the database's end makes fail is foreseen, and no log holds what was to be written.
          expect(server.output()).not.toMatch(/unexpected error|nobody caught|params: /);
          if (victim !== 'the database') {
            server = await start();
            expect(filesBelow(join(dataDir, 'spool'))).toEqual([]);
            expect(server.output()).not.toMatch(/"level":[56]0/);
          }
          await expectWhole(server, acknowledged.slice(known));
        }
        expect(acknowledged.length).toBeGreaterThan(ROUNDS * 5);
        await until(
          'the spool to be empty',
          () => filesBelow(join(dataDir, 'spool')).length === 0 || undefined,
        );
        const kept = await expectNoOrphans(server, place);
        for (const one of acknowledged) expect(kept.get(one.basePath)).toBe(one.sha256);
      } finally {
        await server.stop();
      }
    },
    180_000,
  );
});

describe.skipIf(!hasProc)('after kill -9', () => {
  test('an upload that was cut off is removed, and one that got its row stays', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const spool = join(dataDir, 'spool');
    const files = join(dataDir, 'files');
    const bytes = uniquePng();
    let url = '';
    {
      await using server = await startStockroom({ dataDir });
      const client = await Client.loggedIn(server.url);
      const [result] = await client.upload([new File([bytes], 'kept.png')]);
      url = `/files${String(result?.basePath)}`;
    }
    const [kept = ''] = filesBelow(files);
    const orphan = join(dirname(kept), kept.split('/')[1]?.replace(/.{12}$/, '0123456789ab') ?? '');
    const folderless = 'ffff0000-0000-7000-8000-000000000000';
    await mkdir(spool, { recursive: true });
    await link(join(files, kept), join(spool, kept.split('/')[1] ?? ''));
    await writeFile(join(spool, orphan.split('/')[1] ?? ''), 'half a picture');
    await link(join(spool, orphan.split('/')[1] ?? ''), join(files, orphan));
    await writeFile(join(spool, folderless), 'half a picture, never named');
    await writeFile(join(spool, 'something else'), 'not ours');

    await using server = await startStockroom({ dataDir });
    expect(filesBelow(spool)).toEqual([]);
    expect(filesBelow(files)).toEqual([kept]);
    expect(sha256(await (await fetch(server.url + url)).bytes())).toBe(sha256(bytes));
  }, 60_000);

  test('of the server alone, the next start takes over its database and leaves one running', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const first = await startStockroom({ dataDir });
    const left = embeddedDatabasePid(dataDir);
    await first.kill();
    await using second = await startStockroom({ dataDir });
    const own = embeddedDatabasePid(dataDir);
    expect(own === left || !isAlive(left)).toBe(true);
    await Client.loggedIn(second.url);
    await second.stop();
    expect(isAlive(own)).toBe(false);
  }, 60_000);
});

function hasRestarted(dataDir: string, before: number): boolean {
  try {
    return embeddedDatabasePid(dataDir) !== before;
  } catch {
    return false;
  }
}

/** Several clients upload until they are told to stop, and note what the server has acknowledged. */
function keepUploading(server: StockroomServer, acknowledged: Kept[]): { stop(): Promise<void> } {
  let stopping = false;
  const work = async () => {
    const client = await loggedIn(server).catch(() => undefined);
    while (client && !stopping && server.process.signalCode === null) {
      const pictures = [uniquePng(), uniquePng(Math.random() * 100_000), uniquePng(Math.random() * 700_000)];
      const results = await Promise.all([tryUpload(client, ...pictures), tryUpload(client, uniquePng(1000))]);
      for (const { basePath, sha256: digest } of results.flatMap((result) => result ?? [])) {
        acknowledged.push({ basePath: String(basePath), sha256: String(digest) });
      }
    }
  };
  const working = Array.from({ length: CLIENTS }, work);
  return {
    async stop() {
      stopping = true;
      await Promise.all(working);
    },
  };
}

async function loggedIn(server: StockroomServer): Promise<Client> {
  return await until(
    'a login',
    () =>
      Client.loggedIn(server.url).catch((error: unknown) => {
        if (server.process.signalCode !== null) throw error;
        return undefined;
      }),
    30_000,
  );
}

/** The materials, or nothing when the server could not take them or has gone. */
async function tryUpload(
  client: Client,
  ...pictures: Uint8Array<ArrayBuffer>[]
): Promise<UploadResult[] | undefined> {
  try {
    const results = await client.upload(pictures.map((bytes, i) => new File([bytes], `${i}.png`)));
    for (const [i, result] of results.entries()) {
      if (result.__typename !== 'Material' || result.sha256 !== sha256(pictures[i] ?? new Uint8Array()))
        return undefined;
    }
    return results;
  } catch {
    return undefined;
  }
}

async function expectWhole(server: StockroomServer, kept: readonly Kept[]): Promise<void> {
  const left = [...kept];
  const check = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      const path = `${server.url}/files${one.basePath}`;
      // Connections to a database that has just come back may be of the one before.
      const response = await until('an answer', async () => {
        const answer = await fetch(path);
        return answer.status === 503 ? undefined : answer;
      });
      expect([one.basePath, response.status]).toEqual([one.basePath, 200]);
      expect(sha256(await response.bytes())).toBe(one.sha256);
    }
  };
  await Promise.all(Array.from({ length: 8 }, check));
}

/** Every row has its file, and every file its row. @returns the digests by path. */
async function expectNoOrphans(server: StockroomServer, place: Place): Promise<Map<string, string>> {
  const client = await Client.loggedIn(server.url);
  const kept = new Map<string, string>();
  for (let after: string | null = null, more = true; more; ) {
    const page: { materials: Page } = await client.data<{ materials: Page }>(
      'query ($after: String) { materials(first: 100, after: $after) { pageInfo { hasNextPage endCursor } edges { node { basePath sha256 } } } }',
      { after },
    );
    const rows = page.materials.edges.map(({ node }) => node);
    await expectWhole(server, rows);
    for (const row of rows) kept.set(row.basePath, row.sha256);
    after = page.materials.pageInfo.endCursor;
    more = page.materials.pageInfo.hasNextPage;
  }
  const stored = await place.storedFiles(server.dataDir);
  expect(stored).toHaveLength(new Set(kept.values()).size);
  return kept;
}

interface Page {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: { readonly node: Kept }[];
}
