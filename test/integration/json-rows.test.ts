import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { jsonRows } from '../../src/adapters/db/json-rows.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';

const DATA = { 'a "key"': ['\\u0000', "'; --", { deep: null }], number: 1.5, text: '北京\n' };

describe.skipIf(missing('PostgreSQL', findPostgres()))('rows that go as one parameter', () => {
  let server: ExternalPostgres;
  let sql: postgres.Sql;
  beforeAll(async () => {
    server = await startPostgres();
    sql = postgres(await server.createDatabase(), { max: 1 });
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server.stop();
  });

  test('come as they were, with null for what is left out, and U+FFFD for what is no Unicode', async () => {
    const texts = ['plain', '\\ud800', '\u{1F600}', 'half \ud83d of it'];
    const rows = texts.map((text, place) => ({ place, text, data: DATA, bytes: 2 ** 40 + 1 }));
    const found = await sql`
      select * from json_to_recordset(${jsonRows(rows)}::text::json)
        as given (place integer, text text, data jsonb, bytes bigint, missing text)`;
    expect([...found]).toEqual(
      texts.map((text, place) => {
        return { place, text: text.toWellFormed(), data: DATA, bytes: String(2 ** 40 + 1), missing: null };
      }),
    );
  });
});
