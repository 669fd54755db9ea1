import { expect, test } from 'bun:test';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../src/api/graphql/schema.ts';

test('schema/schema.graphql is the schema (bun run print-schema)', async () => {
  const kept = await Bun.file(new URL('../schema/schema.graphql', import.meta.url)).text();
  expect(kept).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});
