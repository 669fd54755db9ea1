import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../src/api/graphql/schema.ts';

await Bun.write(
  new URL('schema.graphql', import.meta.url),
  `${printSchema(lexicographicSortSchema(schema))}\n`,
);
