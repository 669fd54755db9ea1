import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { purge, replace } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { usedBytes } from '../support/sql.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const WORKERS = 3;
const ROUNDS = 80;
/** Few, so that somebody always purges what somebody else uploads. */
const PICTURES = 2;

describe.skipIf(missing('PostgreSQL', findPostgres()))('equal bytes', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  test(`stay for whoever shows them, while two instances upload, replace and purge the same ${2 * WORKERS * ROUNDS} times`, async () => {
    await using files = await temporaryDirectory();
    const url = await database.createDatabase();
    const env = { DATABASE_URL: url, STORAGE_URL: `file:${files.path}` };
    await using first = await startStockroom({ env });
    await using second = await startStockroom({ env });
    const pictures = Array.from({ length: PICTURES }, () => uniquePng());

    const expectBytes = async (origin: string, basePath: unknown, bytes: Uint8Array) => {
      // Without a version it may be some milliseconds old, until the other instance has told.
      const version = sha256(bytes).slice(0, 16);
      const response = await fetch(`${origin}/files${String(basePath)}?v=${version}`);
      expect([response.status, sha256(await response.bytes())]).toEqual([200, sha256(bytes)]);
    };
    const work = async (server: string, other: string, start: number) => {
      const client = await Client.loggedIn(server);
      for (let round = start; round < start + ROUNDS; round++) {
        const before = pictures[round % PICTURES] ?? new Uint8Array();
        const after = pictures[(round + 1) % PICTURES] ?? new Uint8Array();
        const [material] = await client.upload([new File([before], 'shared.png')]);
        await expectBytes(other, material?.basePath, before);
        if (round % 3 === 0) {
          const answer = await replace(client, String(material?.id), new File([after], 'other.png'));
          expect(answer.data?.replaceMaterial).toMatchObject({ sha256: sha256(after) });
          await expectBytes(other, material?.basePath, after);
        }
        await purge(client, [String(material?.id)]);
      }
    };
    await Promise.all(
      Array.from({ length: WORKERS }, (_, i) => [
        work(first.url, second.url, i),
        work(second.url, first.url, i + 1),
      ]).flat(),
    );

    await using sql = Object.assign(postgres(url, { max: 1 }), {
      [Symbol.asyncDispose]: () => sql.end(),
    });
    expect(await sql`select id from blobs`).toHaveLength(0);
    expect(await usedBytes(sql, 1)).toBe(0);
    await until(
      'the leases to end',
      async () => (await sql`select id from uploads`).length === 0 || undefined,
    );
    expect(filesBelow(files.path)).toEqual([]);
    for (const server of [first, second]) {
      expect(filesBelow(join(server.dataDir, 'spool'))).toEqual([]);
      expect(server.output()).not.toMatch(/"level":[56]0|left to the sweep|placeholders are made later/);
    }
  }, 240_000);
});
