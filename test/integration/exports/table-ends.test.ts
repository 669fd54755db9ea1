import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { isDatabaseUnavailable } from '../../../src/adapters/db/errors.ts';
import { writeTable } from '../../../src/services/export/render/write-table.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../../support/postgres.ts';
import { missing } from '../../support/services.ts';
import { readWithExceljs } from '../../support/spreadsheet-readers.ts';
import { columnsOf, tableSpec, writeTableFile } from '../../support/tables.ts';
import { temporaryDirectory, until } from '../../support/temporary.ts';

/** More than any test reads to the end; in this place the series is not gathered first. */
const ENDLESS = "select generate_series(1, 1000000000) as n, repeat('text ', 20) as value";
const columns = columnsOf({ n: 'integer', value: 'text' });
const signal = new AbortController().signal;

describe.skipIf(missing('PostgreSQL', findPostgres()))('writing a table', () => {
  let server: ExternalPostgres;
  let sql: postgres.Sql;
  let address: string;
  beforeAll(async () => {
    server = await startPostgres();
    address = await server.createDatabase();
    sql = postgres(address, { max: 1, onnotice: () => {} });
    await sql`create table rows (n int primary key, value text)`;
    await sql`insert into rows select n, 'row ' || n from generate_series(1, 50000) as n`;
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  /** Connections of the engine's that PostgreSQL has. */
  async function connections(): Promise<number> {
    const [row] = await sql`select count(*)::int as n from pg_stat_activity
      where application_name = 'stockroom' and datname = current_database()`;
    return row?.n;
  }
  const noConnections = () =>
    until('no connection', async () => ((await connections()) === 0 ? true : undefined));

  for (const [name, select] of [
    ['while rows flow', ENDLESS],
    [
      'while the database sorts',
      'select n, value from (select n, md5(n::text) as value from generate_series(1, 50000000) as n) as s order by value',
    ],
    ['while it waits', 'select 1 as n, pg_sleep(60)::text as value'],
  ] as const) {
    test(`ends ${name} when it is told to, and leaves no connection`, async () => {
      const controller = new AbortController();
      let bytes = 0;
      const writing = writeTable(
        tableSpec({ address, select, columns, format: 'CSV' }),
        (chunk) => {
          bytes += chunk.byteLength;
        },
        { signal: controller.signal },
      );
      writing.catch(() => {});
      await until('the query to run', async () =>
        (await connections()) > 0 && bytes > 0 ? true : undefined,
      );
      const reason = new Error('the client has left');
      controller.abort(reason);
      await expect(writing).rejects.toBe(reason);
      await noConnections();
    });
  }

  test('ends when told to while its sink takes nothing, and leaves no connection', async () => {
    const controller = new AbortController();
    const stuck = Promise.withResolvers<void>();
    let chunks = 0;
    const writing = writeTable(
      tableSpec({ address, select: ENDLESS, columns }),
      () => {
        chunks++;
        return chunks > 3 ? stuck.promise : undefined;
      },
      { signal: controller.signal },
    );
    writing.catch(() => {});
    await until('the sink to be stuck', () => (chunks > 3 ? true : undefined));
    // Nothing more may come while the sink's promise is open.
    expect(chunks).toBe(4);
    controller.abort();
    await expect(writing).rejects.toThrow();
    await noConnections();
    expect(chunks).toBe(4);
  });

  test('fails with the sink, and leaves no connection', async () => {
    let chunks = 0;
    const writing = writeTable(
      tableSpec({ address, select: ENDLESS, columns }),
      async () => {
        if (++chunks > 3) throw new Error('the disk is full');
      },
      { signal },
    );
    await expect(writing).rejects.toThrow('the disk is full');
    await noConnections();
  });

  test('fails before the first byte where the SELECT is wrong', async () => {
    let chunks = 0;
    const writing = writeTable(
      tableSpec({ address, select: 'select nothing from nowhere', columns, count: 'select 1 from nowhere' }),
      () => {
        chunks++;
      },
      { signal, onProgress: () => {} },
    );
    await expect(writing).rejects.toMatchObject({ code: '42P01' });
    expect(chunks).toBe(0);
    await noConnections();
  });

  test('fails as unavailable where there is no database, and where it ends half-way', async () => {
    const nowhere = writeTable(
      tableSpec({ address: 'postgres://tester@127.0.0.1:1/none', select: 'select 1', columns }),
      () => {},
      { signal },
    );
    expect(isDatabaseUnavailable(await nowhere.catch((error: unknown) => error))).toBe(true);

    let chunks = 0;
    const writing = writeTable(
      tableSpec({ address, select: ENDLESS, columns }),
      () => {
        chunks++;
      },
      { signal },
    );
    const failure = writing.then(
      () => 'written',
      (error: unknown) => error,
    );
    await until('rows', () => (chunks > 5 ? true : undefined));
    await server.restart(async () => {
      expect(isDatabaseUnavailable(await failure)).toBe(true);
    });
    await until('the database', () =>
      noConnections().then(
        () => true,
        () => undefined,
      ),
    );
  });

  test('shows the rows of one instant, however long it takes', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'table.csv');
    let added = false;
    const writer = Bun.file(path).writer();
    const written = await writeTable(
      tableSpec({ address, select: 'select * from rows order by n', columns, format: 'CSV' }),
      async (chunk) => {
        writer.write(chunk);
        if (added) return;
        added = true;
        await sql`insert into rows values (50001, 'late')`;
        await sql`update rows set value = 'changed' where n > 49000`;
      },
      { signal },
    );
    await writer.end();
    expect(written.rows).toBe(50_000);
    const text = await Bun.file(path).text();
    expect(text).toContain('50000,row 50000\r\n');
    expect(text).not.toMatch(/late|changed/);
  });

  test('does two at once, and says how far it is', async () => {
    await using directory = await temporaryDirectory();
    const select =
      'select n, value from (select generate_series(1, 30000) as n, chr(20013) as value) as s order by n';
    const progress: { rows: number; total: number | null; bytes: number }[] = [];
    const results = await Promise.all(
      ['a.xlsx', 'b.xlsx'].map((name) =>
        writeTableFile(
          join(directory.path, name),
          tableSpec({ address, select, columns, count: 'select 30000' }),
          { onProgress: (facts) => progress.push(facts) },
        ),
      ),
    );
    expect(results[0]?.sha256).toBe(results[1]?.sha256 ?? '');
    expect(progress.at(-1)).toMatchObject({ rows: 30_000, total: 30_000 });
    for (const name of ['a.xlsx', 'b.xlsx']) {
      const { Rows: rows = [] } = await readWithExceljs(join(directory.path, name));
      expect(rows).toHaveLength(30_001);
      expect(rows.at(-1)).toEqual([30_000, '中']);
    }
  });
});
