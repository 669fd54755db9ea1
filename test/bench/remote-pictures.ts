import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { openSql } from '../support/sql.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { newUser } from '../support/users.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { peakBytes, resetPeak, residentBytes, touchMemory } from './harness/memory.ts';
import { runBaseline, startBaseline, startServer } from './harness/processes.ts';

const KB = 1e3;
const MB = 1e6;
const PICTURE_BYTES = 200 * KB;
const LARGE_BYTES = 20 * MB;
const LARGE_COUNT = 20;
const USERS = 4;
/** That run at once of one user. */
const OF_USER = 2;
const OF_CALL = 20;
const CALLS_OF_USER = 2;
const WARM_ROUNDS = 100;
/** So that what the server does after its answers is not in the way of the baseline. */
const REST_MS = 2000;
const SAVE = 'mutation ($urls: [String!]!) { saveImages(mallId: 1, urls: $urls) { code } }';

/** Pictures of another server: four users with two at a time each, against a loop of `fetch`. */
export const remotePictures: Benchmark = {
  name: 'remote-pictures',
  async *run({ quick, runs }) {
    const count = quick ? 80 : 200;
    await using elsewhere = await startBaseline(
      'picture-server.ts',
      String(PICTURE_BYTES),
      String(LARGE_BYTES),
    );
    await using server = await startServer({
      env: { REMOTE_ALLOW_CIDRS: '127.0.0.0/8', REMOTE_FETCHES_PER_MINUTE: '0' },
    });
    await using directory = await temporaryDirectory();
    const sql = await openSql(server, {});
    await using _sql = { [Symbol.asyncDispose]: () => sql.end() };
    const admin = await Client.loggedIn(server.url);
    const users = await Promise.all(
      Array.from({ length: USERS }, () => newUser(admin, { malls: { 1: 'EDITOR' } })),
    );
    const clients = users.map(({ client }) => client);
    const picture = `${elsewhere.url}/picture`;
    await saveAll(clients, picture, USERS * OF_USER);

    const before = residentBytes(server.pid);
    // What is made of pictures later would be in the way of what comes after them here.
    const forgetPlaceholders = () =>
      sql`update blobs set placeholder_due = null where placeholder_due is not null`;
    // A server runs for weeks, so what it has compiled counts as there; the baseline has its own warming up.
    for (let round = 0; round < WARM_ROUNDS; round++) {
      await saveAll(clients, picture, count);
      await forgetPlaceholders();
    }
    const plain = async (atOnce: number) => {
      // It stays until the end: ext4 without a journal takes longer to make files for minutes after others were removed.
      const target = await mkdtemp(join(directory.path, 'target-'));
      touchMemory();
      const { ms } = await runBaseline<{ ms: number }>(
        'fetch-pictures.ts',
        picture,
        target,
        String(count),
        String(atOnce),
      );
      return count / (ms / 1000);
    };
    const growths: number[] = [];
    const [ours, concurrent, loop] = await alternate(
      runs,
      async () => {
        touchMemory();
        resetPeak(server.pid);
        const seconds = await saveAll(clients, picture, count);
        growths.push((peakBytes(server.pid) - before) / MB);
        await forgetPlaceholders();
        await Bun.sleep(REST_MS);
        return count / seconds;
      },
      () => plain(USERS * OF_USER),
      () => plain(1),
    );
    yield {
      work: `${count} pictures of 200 kB from elsewhere, 8 at a time`,
      value: ratios(ours, concurrent),
      unit: '×',
      bar: { atLeast: 0.5 },
      ours: { summary: summarize(ours), unit: 'files/s' },
      baseline: { summary: summarize(concurrent), unit: 'files/s' },
      note: 'saveImages for 4 users, 20 addresses a call; baseline: fetch, write, sharp.metadata(), 8 at once',
    };
    yield {
      work: '  the same, the baseline one at a time',
      value: ratios(ours, loop),
      unit: '×',
      ours: { summary: summarize(ours), unit: 'files/s' },
      baseline: { summary: summarize(loop), unit: 'files/s' },
    };
    yield {
      work: '  the same: growth of resident memory',
      value: summarize(growths),
      unit: 'MB',
      bar: { atMost: 64 },
      note: `peak of each run less the ${(before / MB).toFixed(0)} MB before the first`,
    };

    resetPeak(server.pid);
    await saveAll(clients, `${elsewhere.url}/large`, LARGE_COUNT);
    const large = (peakBytes(server.pid) - before) / MB;
    yield {
      work: `  ${LARGE_COUNT} pictures of 20 MB, likewise`,
      value: summarize([large]),
      unit: 'MB',
      bar: { atMost: 64 },
    };

    const [answer] = await save(admin, [`${elsewhere.url}/endless`]);
    if (answer !== 'REMOTE_TOO_LARGE') throw new Error(`what never ends gave ${answer}`);
    const taken = Number(await (await fetch(`${elsewhere.url}/sent`)).text());
    yield {
      work: '  a body without end, cut at 20 MiB: taken off the other server',
      value: summarize([taken / MB]),
      unit: 'MB',
      note: 'buffers of the two sockets included',
    };
  },
};

/** Each user has two calls under way: while the rows of one are written, the next has its turns. @returns seconds */
async function saveAll(clients: readonly Client[], url: string, count: number): Promise<number> {
  const started = performance.now();
  await Promise.all(
    clients.flatMap((client) => {
      const left = callsFor(url, count / clients.length).values();
      return Array.from({ length: CALLS_OF_USER }, async () => {
        for (const call of left) {
          for (const code of await save(client, call)) {
            if (code !== null) throw new Error(`a picture was not saved: ${code}`);
          }
        }
      });
    }),
  );
  return (performance.now() - started) / 1000;
}

/** Addresses of different pictures; the short call comes first, else both that are under way would end at once. */
function callsFor(url: string, pictures: number): string[][] {
  const calls: string[][] = [];
  for (let left = pictures; left > 0; left -= OF_CALL) {
    calls.unshift(Array.from({ length: Math.min(left, OF_CALL) }, () => `${url}?${crypto.randomUUID()}`));
  }
  return calls;
}

/** @returns for each null, or why it was not saved. */
async function save(client: Client, urls: readonly string[]): Promise<(string | null)[]> {
  const { saveImages } = await client.data<{ saveImages: { code: string | null }[] }>(SAVE, { urls });
  return saveImages.map(({ code }) => code);
}
