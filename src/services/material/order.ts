import { sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import type { MaterialRecord } from './record.ts';

/** Each order has an index that begins with the mall; names sort by code point, the same on every database. */
export const MATERIAL_ORDERS = {
  CREATED_AT: {
    column: sql`${materials.createdAt}`,
    type: sql`timestamptz`,
    valueType: 'number',
    valueOf: (row: MaterialRecord) => row.createdAt.getTime(),
    toParameter: (value: number | string) => new Date(value).toISOString(),
  },
  NAME: {
    column: sql`${materials.originFilename} collate "C"`,
    type: sql`text`,
    valueType: 'string',
    valueOf: (row: MaterialRecord) => row.originFilename,
    toParameter: (value: number | string) => String(value),
  },
  SIZE: {
    column: sql`${materials.size}`,
    type: sql`bigint`,
    valueType: 'number',
    valueOf: (row: MaterialRecord) => row.size,
    toParameter: (value: number | string) => Number(value),
  },
} as const;

export type MaterialOrder = keyof typeof MATERIAL_ORDERS;
