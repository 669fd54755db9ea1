import { join } from 'node:path';
import postgres from 'postgres';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { findPython } from '../support/spreadsheet-readers.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { runBaseline } from './harness/processes.ts';

interface Export {
  readonly ms: number;
  readonly firstMs: number;
  /** Bytes. */
  readonly growth: number;
}

const XLSXWRITER = `
import datetime, json, sys, time, xlsxwriter
rows, path = int(sys.argv[1]), sys.argv[2]
start = time.perf_counter()
book = xlsxwriter.Workbook(path, {'constant_memory': True})
sheet = book.add_worksheet()
date = book.add_format({'num_format': 'yyyy-mm-dd hh:mm:ss'})
base = datetime.datetime(2024, 1, 1)
for i in range(1, rows + 1):
    sheet.write_row(i, 0, [i, i * 7919, 'c4ca4238a0b923820dcc509a%d' % i, '商品图片 %d.jpg' % i, 'image/jpeg'])
    sheet.write_datetime(i, 5, base + datetime.timedelta(seconds=i * 61), date)
    sheet.write_datetime(i, 6, base + datetime.timedelta(days=i % 2000), date)
    sheet.write_row(i, 7, [i % 3 == 0, i / 7, 'folder_%d/春季 & 夏季' % (i % 100)])
book.close()
print(json.dumps({'ms': (time.perf_counter() - start) * 1000}))
`;

/** Rows of a real PostgreSQL to a file, against writers that are fed from memory and psql's own CSV. */
export const exports: Benchmark = {
  name: 'exports',
  async *run({ quick }) {
    if (!findPostgres()) throw new Error('PostgreSQL is not on this machine');
    const rows = quick ? 100_000 : 1_000_000;
    const label = quick ? '100 k' : '1 M';
    await using server = await startPostgres();
    await using directory = await temporaryDirectory();
    const address = await server.createDatabase();
    await fill(address, rows);

    const file = (name: string) => join(directory.path, name);
    const ours = (format: string, count: number) =>
      runBaseline<Export>(
        '../harness/export-table.ts',
        format,
        address,
        String(count),
        file(`ours.${format}`),
      );
    const python = findPython('xlsxwriter');
    const [tables, excel, xlsxWriter] = await alternate(
      2,
      () => ours('XLSX', rows),
      async () =>
        (await runBaseline<{ ms: number }>('exceljs-rows.ts', String(rows), file('exceljs.xlsx'))).ms,
      async () =>
        python ? await program([python, '-c', XLSXWRITER, String(rows), file('writer.xlsx')]) : Number.NaN,
    );
    const ms = tables.map((table) => table.ms);
    yield versus(`${label} rows × 10 to xlsx, against exceljs's streaming writer`, ms, excel, 3);
    if (python) yield versus('  the same against XlsxWriter, constant memory', ms, xlsxWriter, 4);
    yield {
      work: '  peak memory of it',
      value: summarize(tables.map(({ growth }) => growth / 1e6)),
      unit: 'MB',
      bar: { atMost: 120 },
    };
    yield {
      work: '  its first byte',
      value: summarize(tables.map(({ firstMs }) => firstMs)),
      unit: 'ms',
      bar: { atMost: 500 },
    };

    const copy = `\\copy (select * from materials order by id) to '${file('psql.csv')}' csv`;
    const [csv, psql] = await alternate(
      2,
      async () => (await ours('CSV', rows)).ms,
      async () => {
        const start = performance.now();
        await ended(['psql', '-q', address, '-c', copy]);
        return performance.now() - start;
      },
    );
    yield versus(`${label} rows × 10 to CSV, against psql's \\copy`, csv, psql, 0.5);
    const [small] = await alternate(3, async () => (await ours('XLSX', 10_000)).ms);
    yield { work: '10 k rows × 10 to xlsx', value: summarize(small), unit: 'ms', bar: { atMost: 250 } };
  },
};

/** How many times as fast. */
function versus(work: string, ours: readonly number[], theirs: readonly number[], atLeast: number) {
  const seconds = (values: readonly number[]) => ({
    summary: summarize(values.map((ms) => ms / 1000)),
    unit: 's',
  });
  return {
    work,
    value: ratios(theirs, ours),
    unit: '×',
    bar: { atLeast },
    ours: seconds(ours),
    baseline: seconds(theirs),
  };
}

async function fill(address: string, rows: number): Promise<void> {
  const sql = postgres(address, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`create table materials as select i as id, i::bigint * 7919 as size, md5(i::text) as hash,
      '商品图片 ' || i || '.jpg' as name, 'image/jpeg'::text as mime,
      timestamptz '2024-01-01' + i * interval '61.123 seconds' as created, date '2020-01-01' + (i % 2000) as day,
      i % 3 = 0 as public, (i::numeric / 7)::numeric(12, 3) as price,
      'folder_' || (i % 100) || '/春季 & 夏季' as folder from generate_series(1, ${rows}) as i`);
    await sql.unsafe('alter table materials add primary key (id)');
    await sql.unsafe('vacuum analyze materials');
  } finally {
    await sql.end();
  }
}

async function program(command: string[]): Promise<number> {
  return (JSON.parse(await ended(command)) as { ms: number }).ms;
}

async function ended(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${command[0]} failed`);
  return text;
}
