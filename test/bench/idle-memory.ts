import { Client } from '../support/client.ts';
import { type Benchmark, type Line, summarize } from './harness/benchmark.ts';
import { makePictures, uniquePicture, wave } from './harness/files.ts';
import { load } from './harness/load.ts';
import { treeBytes } from './harness/memory.ts';
import { startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const MB = 1e6;
const IDLE_MS = 10_000;
const PICTURES = 20;

/** Memory of the server and its embedded database when nobody asks for anything. */
export const idleMemory: Benchmark = {
  name: 'idle-memory',
  async *run({ quick }) {
    const runs = quick ? 1 : 3;
    const fresh: ReturnType<typeof treeBytes>[] = [];
    const used: typeof fresh = [];
    for (let run = 0; run < runs; run++) {
      await using server = await startServer();
      fresh.push(treeBytes(server.pid));
      await use(await Client.loggedIn(server.url));
      await Bun.sleep(IDLE_MS);
      used.push(treeBytes(server.pid));
    }
    yield line('memory right after the start', fresh);
    yield {
      ...line('memory when idle', used),
      bar: { atMost: 150 },
    };
  },
};

async function use(client: Client): Promise<void> {
  const pictures = await makePictures(PICTURES);
  const files = pictures.map((picture, i) => uniquePicture(`${i}.jpg`, picture));
  await upload(client, [wave('sound.wav', 20 * MB)]);
  await upload(client, files);
  await settled(client, PICTURES);
  await load(client, { query: '{ materials(first: 20) { edges { node { id url } } } }' }, 2);
}

function line(work: string, measured: readonly ReturnType<typeof treeBytes>[]): Line {
  const last = measured.at(-1);
  return {
    work: `${work}, server and database`,
    value: summarize(measured.map(({ server, others }) => (server + others) / MB)),
    unit: 'MB',
    note: last
      ? `the last: ${(last.server / MB).toFixed(0)} MB and ${(last.others / MB).toFixed(0)} MB in ${last.processes} processes of the database`
      : '',
  };
}
