import { describe, expect, test } from 'bun:test';
import { join, resolve } from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { integer, pgTable } from 'drizzle-orm/pg-core';
import * as tables from '../../src/adapters/db/schema.ts';

type Snapshot = ReturnType<typeof generateDrizzleJson>;

const folder = resolve(import.meta.dir, '../../drizzle');
const journal: { entries: { idx: number; when: number; tag: string }[] } = await Bun.file(
  join(folder, 'meta/_journal.json'),
).json();

describe('the migrations', () => {
  // The migrator applies only what is newer than the last one applied: an older one would be left out without a word.
  test('are numbered in order and each is newer than the one before', () => {
    const { entries } = journal;
    expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, index) => index));
    for (const [index, { when }] of entries.entries()) {
      expect(when).toBeGreaterThan(entries[index - 1]?.when ?? 0);
    }
  });

  test('are the files of the folder, no more and no less', async () => {
    const files = await Array.fromAsync(new Bun.Glob('*.sql').scan(folder));
    expect(files.sort()).toEqual(journal.entries.map(({ tag }) => `${tag}.sql`));
  });

  test('lead to the tables that the code has (bun run generate-migration writes what is missing)', async () => {
    expect(await changesTo(tables)).toEqual([]);
  });

  test('the comparison sees a table that no migration makes', async () => {
    const more = { ...tables, extra: pgTable('extra', { id: integer('id') }) };
    expect((await changesTo(more)).join()).toContain('CREATE TABLE "extra"');
  });
});

/** SQL that is missing between the last migration and these tables. */
async function changesTo(exports: Record<string, unknown>): Promise<string[]> {
  const last = String(journal.entries.at(-1)?.idx).padStart(4, '0');
  const before: Snapshot = await Bun.file(join(folder, `meta/${last}_snapshot.json`)).json();
  return await generateMigration(before, generateDrizzleJson(exports, before.id));
}
