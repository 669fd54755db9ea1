import { getTableColumns, sql } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';

/** In SQL, of a row of `malls`: bytes that the mall keeps, equal ones counted once. */
export const usedBytes = sql<number>`(
  malls.used_bytes + coalesce((select sum(bytes) from mall_usage where mall_id = malls.id), 0)
)::bigint`.mapWith(Number);

const { countedBytes: _, ...columns } = getTableColumns(malls);
export const mallColumns = { ...columns, usedBytes };

export type MallRecord = Omit<typeof malls.$inferSelect, 'countedBytes'> & { readonly usedBytes: number };
