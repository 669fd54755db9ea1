import { getTableColumns, is, SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

/** Of text that PostgreSQL has no characters for: JSON writes it as an escape. */
const LONE_SURROGATE = /\\ud[89a-f]/;

/**
 * Rows for `insert(table).select()`. They go as one parameter, where `values()` takes one for each cell: building such a
 * statement costs more than to run it (0.25 ms a material). Columns that the first row leaves out get their defaults.
 * @param rows all with the same columns; at least one.
 */
export function rowsAsJson<T extends PgTable>(table: T, rows: readonly Readonly<T['$inferInsert']>[]): SQL {
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => ({ key, column }));
  const [first = {}] = rows;
  const given = columns.filter(({ key }) => (first as Record<string, unknown>)[key] !== undefined);
  const values = columns.map(({ key, column }) => {
    if (given.some((one) => one.key === key)) return sql.identifier(key);
    const { default: byDefault } = column;
    return is(byDefault, SQL) ? byDefault : sql`${byDefault ?? null}::${sql.raw(column.getSQLType())}`;
  });
  const types = given.map(({ key, column }) => sql`${sql.identifier(key)} ${sql.raw(column.getSQLType())}`);
  return sql`select ${sql.join(values, sql`, `)} from json_to_recordset(${toJson(rows)}::text::json) as given (${sql.join(types, sql`, `)})`;
}

function toJson(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  if (!LONE_SURROGATE.test(json)) return json;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
