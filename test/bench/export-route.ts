import type postgres from 'postgres';
import { Client } from '../support/client.ts';
import { addManyMaterials, exportPath } from '../support/exports.ts';
import { openSql } from '../support/sql.ts';
import { type Benchmark, summarize } from './harness/benchmark.ts';
import { peakBytes, resetPeak, residentBytes } from './harness/memory.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';

const MB = 1e6;
/** Bytes in a second. */
const SLOW_RATE = 500_000;
const SLOW_SECONDS = 20;
const CURL_TIMED_OUT = 28;
/** How often open transactions are looked for, ms. */
const LOOK_MS = 50;

interface Taken {
  readonly firstMs: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Of `{ me { id } }` meanwhile, ms. */
  readonly p99: number;
}

/** A report of materials as a browser takes it, 23 columns wide, and what the server does meanwhile. */
export const exportRoute: Benchmark = {
  name: 'export-route',
  async *run({ quick, runs }) {
    const rows = quick ? 100_000 : 1_000_000;
    const label = `${rows.toLocaleString('en')} materials × 23 columns to xlsx`;
    await using server = await startServer();
    const sql = await openSql(server, {});
    try {
      await addManyMaterials(sql, 1, rows);
      const client = await Client.loggedIn(server.url);
      await take(client);

      const growth: number[] = [];
      const taken: Taken[] = [];
      for (let run = 0; run < (quick ? runs : 2); run++) {
        const before = residentBytes(server.pid);
        resetPeak(server.pid);
        taken.push(await take(client));
        growth.push((peakBytes(server.pid) - before) / MB);
      }
      const seconds = summarize(taken.map((one) => one.seconds));
      yield {
        work: `${label}: first byte`,
        value: summarize(taken.map(({ firstMs }) => firstMs)),
        unit: 'ms',
        bar: { atMost: 500 },
        ours: { summary: seconds, unit: 's' },
        note: `ours: until the last byte, ${((taken[0]?.bytes ?? 0) / MB).toFixed(0)} MB`,
      };
      yield {
        work: '  memory growth of the server meanwhile',
        value: summarize(growth),
        unit: 'MB',
        bar: { atMost: 120 },
      };
      yield {
        work: '  p99 of { me { id } } meanwhile',
        value: summarize(taken.map(({ p99 }) => p99)),
        unit: 'ms',
        bar: { atMost: 100 },
      };
      yield* slowly(server, client, sql, seconds.median);
    } finally {
      await sql.end();
    }
  },
};

/** Reads the whole report as fast as it comes, while somebody asks a cheap query. */
async function take(client: Client): Promise<Taken> {
  const started = performance.now();
  const response = await client.send(exportPath('materials.xlsx', { mallId: '1' }));
  if (response.status !== 200 || !response.body) throw new Error(`the export: ${response.status}`);
  let isOver = false;
  const samples: number[] = [];
  const asking = (async () => {
    while (!isOver) {
      const asked = performance.now();
      await client.data('{ me { id } }');
      samples.push(performance.now() - asked);
    }
  })();
  let firstMs: number | undefined;
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    firstMs ??= performance.now() - started;
    bytes += chunk.byteLength;
  }
  isOver = true;
  const seconds = (performance.now() - started) / 1000;
  await asking;
  const p99 = samples.toSorted((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? 0;
  return { firstMs: firstMs ?? 0, seconds, bytes, p99 };
}

/** One client that takes it slowly: what that costs, and how long the database is held. */
async function* slowly(
  server: RunningStockroom,
  client: Client,
  sql: postgres.Sql,
  fullSpeedSeconds: number,
) {
  const before = residentBytes(server.pid);
  resetPeak(server.pid);
  let isOver = false;
  let held = 0;
  const watching = (async () => {
    while (!isOver) {
      const [row] = await sql<{ seconds: number | null }[]>`
        select max(extract(epoch from clock_timestamp() - xact_start))::float as seconds from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`;
      held = Math.max(held, row?.seconds ?? 0);
      await Bun.sleep(LOOK_MS);
    }
  })();
  const curl = Bun.spawn(
    // biome-ignore format: one setting a line
    [
      'curl', '-sS', '-o', '/dev/null',
      '--limit-rate', String(SLOW_RATE),
      '--max-time', String(SLOW_SECONDS),
      '-H', `cookie: ${client.cookie ?? ''}`,
      server.url + exportPath('materials.xlsx', { mallId: '1' }),
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  // It is ended by its time.
  if ((await curl.exited) !== CURL_TIMED_OUT) throw new Error(`curl ended with ${curl.exitCode}`);
  isOver = true;
  await watching;
  yield {
    work: '  a client that reads 500 kB/s: memory growth',
    value: summarize([(peakBytes(server.pid) - before) / MB]),
    unit: 'MB',
    bar: { atMost: 120 },
  };
  yield {
    work: '  its longest transaction, against a reading at full speed',
    value: summarize([held / fullSpeedSeconds]),
    unit: '×',
    bar: { atMost: 1 },
    note: `${held.toFixed(1)} s of ${SLOW_SECONDS} s`,
  };
}
