import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, type Line, ratios, summarize } from './harness/benchmark.ts';
import { getLoad } from './harness/downloads.ts';
import { makePictures, uniquePicture } from './harness/files.ts';
import { measureLoad } from './harness/load.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const CONNECTIONS = 32;
const WARM_UPS = 2;
const QUERY = JSON.stringify({ query: '{ __typename }' });

/** What a line in a file for each request costs, against a server that logs nothing. */
export const logging: Benchmark = {
  name: 'logging',
  async *run({ quick, runs }) {
    const seconds = quick ? 1 : 4;
    await using directory = await temporaryDirectory();
    const file = { LOG_FILE: join(directory.path, 'stockroom.log') };
    await using logs = await startServer({ env: file });
    await using silent = await startServer({ env: { LOG_LEVEL: 'silent' } });
    const servers = [logs, silent] as const;

    const ask = ({ url }: RunningStockroom) =>
      measureLoad(
        {
          url: `${url}/graphql`,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: QUERY,
        },
        seconds,
        CONNECTIONS,
      );
    for (let run = 0; run < WARM_UPS; run++) for (const server of servers) await ask(server);
    const [logged, unlogged] = await alternate(
      runs * 2,
      () => ask(logs),
      () => ask(silent),
    );
    yield line(
      '{ __typename }',
      logged.map(({ rate }) => rate),
      unlogged.map(({ rate }) => rate),
    );

    const urls = [await publish(logs), await publish(silent)] as const;
    const get = (url: string) => getLoad({ url, connections: CONNECTIONS, seconds });
    const [sent, sentSilently] = await alternate(
      runs * 2,
      () => get(urls[0]),
      () => get(urls[1]),
    );
    const rate = (loads: typeof sent) => loads.map((load) => load.answers / load.seconds);
    yield line('a picture', rate(sent), rate(sentSilently));
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

function line(work: string, ours: number[], theirs: number[]): Line {
  return {
    work: `${work} with a log in a file, against none`,
    value: ratios(ours, theirs),
    unit: '×',
    bar: { atLeast: 0.95 },
    ours: { summary: summarize(ours), unit: 'req/s' },
    baseline: { summary: summarize(theirs), unit: 'req/s' },
    note: `${CONNECTIONS} connections`,
  };
}
