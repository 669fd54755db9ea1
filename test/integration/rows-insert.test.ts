import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { randomUUIDv7 } from 'bun';
import { eq, getTableColumns, inArray } from 'drizzle-orm';
import { migrateDatabase } from '../../src/adapters/db/migrate.ts';
import { type Database, openDatabase } from '../../src/adapters/db/open.ts';
import { RowsInsert } from '../../src/adapters/db/rows-insert.ts';
import { auditEvents, blobs } from '../../src/adapters/db/schema.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';

const DATA = { 'a "key"': ['\\u0000', "'; --", { deep: null }], number: 1.5, text: '北京\n' };

describe.skipIf(missing('PostgreSQL', findPostgres()))('rows that go as one parameter', () => {
  let server: ExternalPostgres;
  let db: Database;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    await migrateDatabase(url, async () => {});
    db = openDatabase(url, 2);
  });
  afterAll(async () => {
    await db.$client.end({ timeout: 1 });
    await server.stop();
  });

  test('are those that would go as values, with the defaults of what is left out', async () => {
    const row = () => {
      const id = randomUUIDv7();
      const size = 2 ** 40 + 1;
      const placeholderDue = new Date('2026-02-03T04:05:06.789Z');
      const facts = { mimeType: 'image/png', kind: 'IMAGE', codec: null, width: 3, placeholderDue } as const;
      return { id, mallId: null, sha256: id, size, storageKey: `${id}/'"\\`, ...facts };
    };
    const [one, other] = [row(), row()];
    await db.insert(blobs).values(one);
    const [returned] = await new RowsInsert(blobs, getTableColumns(blobs)).run(db, [other]);
    const [plain] = await db.select().from(blobs).where(eq(blobs.id, one.id));
    const { id, sha256, storageKey } = other;
    expect(returned).toEqual({
      ...(plain as NonNullable<typeof plain>),
      ...{ id, sha256, storageKey, createdAt: expect.any(Date) },
    });
  });

  test('may hold JSON and any text, also what is no Unicode', async () => {
    const texts = ['plain', '\\ud800', '\u{1F600}', 'half \ud83d of it'];
    const rows = texts.map((subjectName) => ({ id: randomUUIDv7(), action: 'x', subjectName, data: DATA }));
    await new RowsInsert(auditEvents, {}).run(db, rows);
    const found = await db
      .select()
      .from(auditEvents)
      .where(
        inArray(
          auditEvents.id,
          rows.map(({ id }) => id),
        ),
      )
      .orderBy(auditEvents.id);
    expect(found.map(({ subjectName }) => subjectName)).toEqual(texts.map((text) => text.toWellFormed()));
    expect(found.map(({ data }) => data)).toEqual(texts.map(() => DATA));
  });
});
