import type postgres from 'postgres';

/** Connections of a pool, and statements that wait for one. */
export interface PoolState {
  readonly idle: number;
  readonly busy: number;
  readonly connecting: number;
  readonly waiting: number;
}

/** The driver keeps it to itself; `patches/` makes it tell. */
export function poolState(sql: postgres.Sql): PoolState {
  return (sql as unknown as { pool(): PoolState }).pool();
}
