import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, type Line, ratios, summarize } from './harness/benchmark.ts';
import { getLoad } from './harness/downloads.ts';
import { makePictures, uniquePicture } from './harness/files.ts';
import { measureLoad } from './harness/load.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';
import { type Cost, costOf } from './harness/request-cost.ts';
import { settled, upload } from './harness/upload.ts';

const CONNECTIONS = 32;
const WARM_UPS = 6;
/** Many short turns: what else the machine does then falls on both sides alike. */
const SECONDS = 1;
const TURNS_A_RUN = 6;
const QUERY = JSON.stringify({ query: '{ __typename }' });

/** What a line in a file for each request costs, against a server that logs nothing. */
export const logging: Benchmark = {
  name: 'logging',
  async *run({ runs }) {
    const turns = runs * TURNS_A_RUN;
    await using directory = await temporaryDirectory();
    const file = { LOG_FILE: join(directory.path, 'stockroom.log') };
    await using logs = await startServer({ env: file });
    await using silent = await startServer({ env: { LOG_LEVEL: 'silent' } });
    const servers = [logs, silent] as const;

    const ask = ({ url, pid }: RunningStockroom) =>
      costOf(pid, SECONDS, async () => {
        const headers = { 'content-type': 'application/json' };
        const request = { url: `${url}/graphql`, method: 'POST', headers, body: QUERY } as const;
        return (await measureLoad(request, SECONDS, CONNECTIONS)).rate;
      });
    for (let run = 0; run < WARM_UPS; run++) for (const server of servers) await ask(server);
    const queries = await alternate(
      turns,
      () => ask(silent),
      () => ask(logs),
    );
    yield line('{ __typename }', ...queries);

    const urls = [await publish(silent), await publish(logs)] as const;
    const get = ({ pid }: RunningStockroom, url: string) =>
      costOf(pid, SECONDS, async () => {
        const load = await getLoad({ url, connections: CONNECTIONS, seconds: SECONDS });
        return load.answers / load.seconds;
      });
    const pictures = await alternate(
      turns,
      () => get(silent, urls[0]),
      () => get(logs, urls[1]),
    );
    yield line('a picture', ...pictures);
  },
};

/** @returns the address of one small picture that every server has. */
async function publish(server: RunningStockroom): Promise<string> {
  const client = await Client.loggedIn(server.url);
  const [picture] = await makePictures(1);
  if (!picture) throw new Error('there is no picture');
  await upload(client, [uniquePicture('picture.jpg', picture)]);
  await settled(client, 1);
  const { materials } = await client.data<{ materials: { edges: { node: { url: string } }[] } }>(
    '{ materials(first: 1) { edges { node { url } } } }',
  );
  return materials.edges[0]?.node.url ?? '';
}

/** As the rate is that of a server which has all its processor for it: what a request costs without, of what it costs with. */
function line(work: string, without: readonly Cost[], logged: readonly Cost[]): Line {
  const cpu = (costs: readonly Cost[]) => costs.map(({ microseconds }) => microseconds);
  const rate = (costs: readonly Cost[]) => summarize(costs.map((cost) => cost.rate)).median.toFixed(0);
  const [ours, baseline] = [summarize(cpu(logged)), summarize(cpu(without))];
  return {
    work: `${work} without a log, against one in a file: processor time`,
    // Single turns differ by far more than a line of a log costs; their medians do not.
    value: { ...ratios(cpu(without), cpu(logged)), median: baseline.median / ours.median },
    unit: '×',
    bar: { atLeast: 0.95 },
    ours: { summary: ours, unit: 'µs' },
    baseline: { summary: baseline, unit: 'µs' },
    note: `of a request, all threads; the value is baseline / ours of the medians of ${logged.length} turns; ${CONNECTIONS} connections, ${rate(logged)} req/s against ${rate(without)} req/s`,
  };
}
