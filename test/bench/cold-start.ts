import { Client } from '../support/client.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { ADMIN } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type Benchmark, type Line, summarize } from './harness/benchmark.ts';
import { answered, end, spawnServer, startServer } from './harness/processes.ts';

/** From the start of the process to the first answer that needed the database. */
export const coldStart: Benchmark = {
  name: 'cold-start',
  async *run({ runs }) {
    yield { work: 'cold start, embedded database', ...(await restarts(runs, {})), bar: { atMost: 1 } };
    if (findPostgres()) {
      await using postgres = await startPostgres();
      const times = await restarts(runs, { DATABASE_URL: await postgres.createDatabase() });
      yield { work: 'cold start, DATABASE_URL', ...times, bar: { atMost: 0.8 } };
    } else {
      console.log('cold start, DATABASE_URL: not measured, PostgreSQL is not on this machine');
    }
    yield { work: 'first start ever, embedded database', ...(await firstStarts(runs)), bar: { atMost: 3 } };
  },
};

/** Starts on a directory that an earlier process ended properly, with a session of that time. */
async function restarts(
  runs: number,
  env: Record<string, string>,
): Promise<Pick<Line, 'value' | 'unit' | 'note'>> {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  let client: Client;
  {
    await using server = await startServer({ dataDir, env });
    client = await Client.loggedIn(server.url);
  }
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    times.push(
      await timeToAnswer(dataDir, env, async (url) => {
        const restarted = new Client(url);
        restarted.cookie = client.cookie;
        await restarted.data('{ malls { id name } }');
      }),
    );
  }
  return {
    value: summarize(times),
    unit: 's',
    note: 'until the malls came, for a session of an earlier run',
  };
}

async function firstStarts(runs: number): Promise<Pick<Line, 'value' | 'unit' | 'note'>> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using directory = await temporaryDirectory();
    times.push(
      await timeToAnswer(directory.path, {}, async (url) => {
        await Client.loggedIn(url, ADMIN);
      }),
    );
  }
  return { value: summarize(times), unit: 's', note: 'until the administrator was logged in' };
}

/** Seconds until the query succeeds for the first time; it is tried as soon as something listens. */
async function timeToAnswer(
  dataDir: string,
  env: Record<string, string>,
  query: (url: string) => Promise<void>,
): Promise<number> {
  const started = performance.now();
  const { url, child } = await spawnServer({ dataDir, env });
  try {
    await answered(child, () => query(url));
    return (performance.now() - started) / 1000;
  } finally {
    await end(child);
  }
}
