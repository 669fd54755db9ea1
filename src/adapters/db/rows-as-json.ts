import { getTableColumns, is, SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { literalSql } from './literal-sql.ts';

/** Of text that PostgreSQL has no characters for: JSON writes it as an escape. */
const LONE_SURROGATE = /\\ud[89a-f]/;

/** Of a statement: what stands before the rows, and behind them. */
type Frame = readonly [before: SQL, after: SQL];
/** By the columns that are given. */
type Frames = Map<string, Frame>;

/** Made once: a table has some 20 columns, each of which would be several parts of the statement each time. */
const framesOf = new WeakMap<PgTable, Frames>();

/**
 * Rows for `insert(table).select()`. They go as one parameter, where `values()` takes one for each cell: building such a
 * statement costs more than to run it (0.25 ms a material). Columns that the first row leaves out get their defaults.
 * @param rows all with the same columns; at least one.
 */
export function rowsAsJson<T extends PgTable>(table: T, rows: readonly Readonly<T['$inferInsert']>[]): SQL {
  const [first = {}] = rows;
  const given = Object.entries(first).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const frames: Frames = framesOf.get(table) ?? new Map();
  framesOf.set(table, frames);
  const frame = frames.get(given.join()) ?? makeFrame(table, given);
  frames.set(given.join(), frame);
  const [before, after] = frame;
  return sql`${before}${toJson(rows)}${after}`;
}

function makeFrame(table: PgTable, keys: readonly string[]): Frame {
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => ({ key, column }));
  const given = columns.filter(({ key }) => keys.includes(key));
  const values = columns.map(({ key, column }) => {
    if (keys.includes(key)) return sql.identifier(key);
    const { default: byDefault } = column;
    return is(byDefault, SQL) ? byDefault : sql`${byDefault ?? null}::${sql.raw(column.getSQLType())}`;
  });
  const types = given.map(({ key, column }) => sql`${sql.identifier(key)} ${sql.raw(column.getSQLType())}`);
  return [
    sql.raw(literalSql(sql`select ${sql.join(values, sql`, `)} from json_to_recordset(`)),
    sql.raw(literalSql(sql`::text::json) as given (${sql.join(types, sql`, `)})`)),
  ];
}

function toJson(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  if (!LONE_SURROGATE.test(json)) return json;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
