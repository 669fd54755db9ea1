import { Client } from '../support/client.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { alternate, type Benchmark, type Line, ratios, summarize } from './harness/benchmark.ts';
import { measureLoad } from './harness/load.ts';
import { startServer } from './harness/processes.ts';

const CONNECTIONS = 32;
const WARM_UPS = 3;
const LOGINS = 64;
const KB = 1000;

/** What sessions cost: of requests that have one, of logins for all others, and of visitors for Redis. */
export const sessions: Benchmark = {
  name: 'sessions',
  async *run({ quick, runs }) {
    if (!Bun.which('redis-server')) {
      console.log('sessions: skipped, redis-server is not on this machine');
      return;
    }
    const seconds = quick ? 1 : 5;
    await using redis = await startRedis();
    await using server = await startServer({ env: { REDIS_URL: redis.url } });
    const { cookie = '' } = await Client.loggedIn(server.url);
    const visitor = () => measureLoad(request(server.url, '{ __typename }'), seconds, CONNECTIONS);
    const user = () => measureLoad(request(server.url, '{ me { id } }', cookie), seconds, CONNECTIONS);
    for (let run = 0; run < WARM_UPS; run++) {
      await visitor();
      await user();
    }

    const [users, visitors] = await alternate(runs, user, visitor);
    yield {
      work: '{ me { id } } with a session in Redis',
      value: ratios(
        users.map(({ rate }) => rate),
        visitors.map(({ rate }) => rate),
      ),
      unit: '×',
      bar: { atLeast: 0.6 },
      ours: { summary: summarize(users.map(({ rate }) => rate)), unit: 'req/s' },
      baseline: { summary: summarize(visitors.map(({ rate }) => rate)), unit: 'req/s' },
      note: `${CONNECTIONS} connections; baseline: { __typename } of visitors`,
    };
    yield await duringLogins(server.url, runs);
    yield await visitorsInRedis(redis, server.url, quick ? 10_000 : 100_000);
  },
};

/** The latency of a cheap query while many log in at once. */
async function duringLogins(url: string, runs: number): Promise<Line> {
  const latencies: number[] = [];
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begun = performance.now();
    let isOver = false;
    const logins = Promise.all(Array.from({ length: LOGINS }, () => Client.loggedIn(url))).finally(() => {
      isOver = true;
    });
    const samples: number[] = [];
    const { headers, body } = request(url, '{ __typename }');
    const ask = async () => {
      while (!isOver) {
        const started = performance.now();
        await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text();
        samples.push(performance.now() - started);
      }
    };
    await Promise.all([logins, ask(), ask()]);
    times.push((performance.now() - begun) / 1000);
    latencies.push(samples.toSorted((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? 0);
  }
  return {
    work: `p99 of { __typename } during ${LOGINS} logins at once`,
    value: summarize(latencies),
    unit: 'ms',
    bar: { atMost: 250 },
    ours: { summary: summarize(times), unit: 's' },
    note: 'ours: until all are logged in',
  };
}

/** What visitors leave behind in Redis. */
async function visitorsInRedis({ admin }: RedisServer, url: string, count: number): Promise<Line> {
  const state = async () => {
    const bytes = /used_memory_dataset:(\d+)/.exec(await admin.info('memory'))?.[1];
    return { keys: await admin.dbsize(), bytes: Number(bytes) };
  };
  const before = await state();
  await measureLoad(request(url, '{ me { id } }'), { requests: count }, CONNECTIONS);
  const after = await state();
  return {
    work: `keys in Redis after ${count.toLocaleString('en')} requests of visitors`,
    value: summarize([after.keys - before.keys]),
    unit: 'more',
    bar: { atMost: 0 },
    note: `its data: ${((after.bytes - before.bytes) / KB).toFixed(1)} kB more`,
  };
}

function request(url: string, query: string, cookie?: string) {
  return {
    url: `${url}/graphql`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
    body: JSON.stringify({ query }),
  };
}
