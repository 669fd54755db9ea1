/** `list-route.ts <port> <driver> <json of {database, statement, parameters}>`: what a statement gives as JSON. */
import { Hono } from 'hono';
import postgres from 'postgres';

const CONNECTIONS = 10;
const JSON_TYPE = 114;
const INSTANT_TYPE = 1184;

const [, , port, driver, settings = ''] = process.argv;
const { database, statement, parameters } = JSON.parse(settings);
const query = driver === 'bun' ? bunQuery() : postgresQuery();

const app = new Hono();
app.get('/', async (c) => {
  const rows = await query();
  const [first] = rows.length === 1 ? Object.values(rows[0] ?? {}) : [];
  // The database made the JSON.
  if (typeof first === 'string') return c.body(first, 200, { 'content-type': 'application/json' });
  return c.json(rows);
});

Bun.serve({ hostname: '127.0.0.1', port: Number(port), development: false, fetch: app.fetch });

function bunQuery(): () => Promise<object[]> {
  const sql = new Bun.SQL({
    adapter: 'postgres',
    path: `${database.host}/.s.PGSQL.${database.port}`,
    username: database.user,
    database: database.database,
    max: CONNECTIONS,
  });
  return async () => await sql.unsafe(statement, parameters);
}

function postgresQuery(): () => Promise<object[]> {
  const asText = (type: number) => ({ to: type, from: [type], serialize: String, parse: String });
  const types = { json: asText(JSON_TYPE), instant: asText(INSTANT_TYPE) };
  const sql = postgres({ ...database, max: CONNECTIONS, types });
  return async () => await sql.unsafe(statement, parameters, { prepare: true });
}
