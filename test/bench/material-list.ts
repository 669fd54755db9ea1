import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { createLibrary, cursorAt, type Library, statementOf } from './harness/library.ts';
import { CONNECTIONS, type Load, load, measureLoad } from './harness/load.ts';
import { startBaseline } from './harness/processes.ts';

const PAGE = 20;
const WARM_UPS = 3;
const QUERY = `query ($after: String) {
  materials(first: ${PAGE}, after: $after) {
    edges { node { id kind originFilename url mimeType size width createdAt } }
  }
}`;
const DRIVERS = { bun: 'Bun.SQL', postgres: 'postgres.js' } as const;

/** Pages of a list, against a bare route that runs the same statement; then of a list a hundred times as long. */
export const materialList: Benchmark = {
  name: 'material-list',
  async *run({ quick, runs }) {
    const seconds = quick ? 1 : 5;
    await using small = await createLibrary(10_000);
    const firstPage = (library: Library) => load(library.client, { query: QUERY }, seconds);

    const statement = await statementOf(small, () => small.client.data(QUERY));
    const settings = JSON.stringify({
      database: small.database,
      statement,
      parameters: [small.userId, small.userId],
    });
    // The compilers of both sides need a while.
    for (let run = 0; run < WARM_UPS; run++) await firstPage(small);
    const drivers = quick ? (['bun'] as const) : (['bun', 'postgres'] as const);
    for (const driver of drivers) {
      await using route = await startBaseline('list-route.ts', driver, settings);
      const [ours, theirs] = await alternate(
        runs,
        () => firstPage(small),
        () => measureLoad({ url: route.url }, seconds),
      );
      yield {
        work: `materials(first: ${PAGE}), 8 fields, 10 k rows, ${DRIVERS[driver]}`,
        value: ratios(ours.map(rate), theirs.map(rate)),
        unit: '×',
        bar: { atLeast: 0.2 },
        ours: { summary: summarize(ours.map(rate)), unit: 'req/s' },
        baseline: { summary: summarize(theirs.map(rate)), unit: 'req/s' },
        note: `${CONNECTIONS} connections; p99 ${p99(ours)} ms against ${p99(theirs)} ms; baseline: a bare Hono route, the same statement by ${DRIVERS[driver]}`,
      };
    }

    const [rows, pages] = quick ? [100_000, 1_000] : [1_000_000, 10_000];
    await using large = await createLibrary(rows);
    const after = await cursorAt(large, (pages - 1) * PAGE);
    for (let run = 0; run < WARM_UPS; run++) await firstPage(large);
    const [short, first, deep] = await alternate(
      runs,
      () => firstPage(small),
      () => firstPage(large),
      () => load(large.client, { query: QUERY, variables: { after } }, seconds),
    );
    for (const [page, loads] of [
      ['first page', first],
      [`page ${pages.toLocaleString('en')}`, deep],
    ] as const) {
      yield {
        work: `the same at ${rows / 1e6} M rows, ${page}: times as long`,
        value: ratios(short.map(rate), loads.map(rate)),
        unit: '×',
        bar: { atMost: 1.3 },
        ours: { summary: summarize(loads.map(rate)), unit: 'req/s' },
        baseline: { summary: summarize(short.map(rate)), unit: 'req/s' },
        note: `p99 ${p99(loads)} ms against ${p99(short)} ms at 10 k rows`,
      };
    }
  },
};

function rate(load: Load): number {
  return load.rate;
}

function p99(loads: readonly Load[]): string {
  return summarize(loads.map((load) => load.p99)).median.toFixed(0);
}
