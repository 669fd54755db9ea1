import { Client } from '../support/client.ts';
import { alternate, type Benchmark, type Line, ratios, summarize } from './harness/benchmark.ts';
import { getLoad } from './harness/downloads.ts';
import { makePictures, uniquePicture } from './harness/files.ts';
import { measureLoad } from './harness/load.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';
import { type Cost, costOf } from './harness/request-cost.ts';
import { settled, upload } from './harness/upload.ts';

const CONNECTIONS = 32;
const LIST =
  '{ materials(first: 20) { edges { node { id originFilename url mimeType size width createdAt } } } }';
const SCRAPE_MS = 1000;

interface Side {
  readonly server: RunningStockroom;
  readonly cookie: string;
  readonly fileUrl: string;
}

/** What counting and tracing cost: the same server with them and without, in turn, all with as much to do as they can. */
export const monitoring: Benchmark = {
  name: 'monitoring',
  async *run({ quick, runs }) {
    const seconds = quick ? 2 : 5;
    await using collector = startCollector();
    const traced = { METRICS: 'off', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    await using plain = await startServer({ env: { METRICS: 'off' } });
    await using counting = await startServer({ env: { METRICS: 'on' } });
    await using tracing = await startServer({ env: traced });
    const sides = await Promise.all([plain, counting, tracing].map(prepare));
    const [without, metrics, traces] = sides as [Side, Side, Side];
    // As Prometheus does, only more often.
    const scrape = setInterval(() => void fetch(`${counting.url}/metrics`).catch(() => {}), SCRAPE_MS);
    try {
      for (const [work, ask] of [
        ['small picture', (side: Side) => files(side, seconds)],
        ['list of 20 materials', (side: Side) => lists(side, seconds)],
      ] as const) {
        // The compilers of all sides need a while.
        for (const side of sides) await ask(side);
        const [base, counted, spans] = await alternate(
          runs,
          () => ask(without),
          () => ask(metrics),
          () => ask(traces),
        );
        yield line(`${work}, with metrics`, counted, base);
        yield line(`${work}, with traces`, spans, base);
      }
    } finally {
      clearInterval(scrape);
    }
  },
};

function line(work: string, ours: readonly Cost[], base: readonly Cost[]): Line {
  const cpu = (costs: readonly Cost[]) => costs.map(({ microseconds }) => microseconds);
  const rate = (costs: readonly Cost[]) => summarize(costs.map((cost) => cost.rate)).median.toFixed(0);
  return {
    work: `${work}: processor time`,
    value: ratios(cpu(ours), cpu(base)),
    unit: '×',
    bar: { atMost: 1.1 },
    ours: { summary: summarize(cpu(ours)), unit: 'µs' },
    baseline: { summary: summarize(cpu(base)), unit: 'µs' },
    note: `of a request; ${CONNECTIONS} connections, ${rate(ours)} req/s against ${rate(base)} req/s; baseline: the same without`,
  };
}

async function prepare(server: RunningStockroom): Promise<Side> {
  const client = await Client.loggedIn(server.url);
  const pictures = await makePictures(20);
  await upload(
    client,
    pictures.map((picture, i) => uniquePicture(`${i}.jpg`, picture)),
  );
  await settled(client, pictures.length);
  const { materials } = await client.data<{ materials: { edges: [{ node: { url: string } }] } }>(
    '{ materials(first: 1) { edges { node { url } } } }',
  );
  return { server, cookie: client.cookie ?? '', fileUrl: `${materials.edges[0].node.url}&w=160` };
}

async function files({ server, fileUrl }: Side, seconds: number): Promise<Cost> {
  return await costOf(server.pid, seconds, async () => {
    const load = await getLoad({ url: fileUrl, connections: CONNECTIONS, seconds });
    return load.answers / load.seconds;
  });
}

async function lists({ server, cookie }: Side, seconds: number): Promise<Cost> {
  const request = {
    url: `${server.url}/graphql`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ query: LIST }),
  };
  return await costOf(
    server.pid,
    seconds,
    async () => (await measureLoad(request, seconds, CONNECTIONS)).rate,
  );
}

/** Takes whatever comes. */
function startCollector(): AsyncDisposable & { readonly url: string } {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      await request.arrayBuffer();
      return Response.json({});
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}
