import { describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { missingRedis, startRedis } from '../support/redis.ts';
import { missing } from '../support/services.ts';
import { startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const LIST = '{ materials(first: 5) { totalCount edges { node { id } } } }';
const REQUESTS = 60;
/** Of the pool, the listener and the test itself. */
const CONNECTIONS = 12;

describe.skipIf(missing('PostgreSQL', findPostgres()) || missingRedis())('a database that hangs', () => {
  test('is 503 within some seconds for what needs it, and nothing to the rest; then all is well again', async () => {
    await using database = await startPostgres();
    await using redis = await startRedis();
    const url = await database.createDatabase();
    await using server = await startStockroom({ env: { DATABASE_URL: url, REDIS_URL: redis.url } });
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('tiny.gif')]);
    const ask = async (query: string) => {
      const started = performance.now();
      const response = await client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const answer = (await response.json()) as GraphQLAnswer;
      return { status: response.status, headers: response.headers, answer, ms: performance.now() - started };
    };
    const address = `${server.url}/files${material?.basePath}`;
    expect((await fetch(address)).status).toBe(200);

    database.freeze();
    try {
      const waiting = Array.from({ length: REQUESTS }, () => ask(LIST));
      // What needs no database is as fast as ever.
      expect(await ask('{ me { id username role } }')).toMatchObject({ status: 200 });
      expect(await ask('{ __typename }')).toMatchObject({ status: 200 });
      for (const { status, headers, answer, ms } of await Promise.all(waiting)) {
        expect([status, answer.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(headers.getSetCookie()).toEqual([]);
        expect(ms).toBeLessThan(20_000);
      }
    } finally {
      database.thaw();
    }
    await until('the list to work again', async () => ((await ask(LIST)).status === 200 ? true : undefined));
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    await until('the pool to be as small as it was', async () => {
      const [row] =
        await sql`select count(*)::int as count from pg_stat_activity where datname = current_database()`;
      return row?.count <= CONNECTIONS ? true : undefined;
    });
    await sql.end();
  });
});
