import { type Column, type GetColumnData, is, type Query, SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Database } from './open.ts';

/** What a statement returns, in its order; by SQL, whose text is no matter here, a value that is taken as it comes. */
export type Fields = Readonly<Record<string, Column | SQL>>;

export type RowOf<F extends Fields> = {
  [K in keyof F]: F[K] extends Column ? GetColumnData<F[K]> : F[K] extends SQL<infer V> ? V : never;
};

const dialect = new PgDialect();

/**
 * A statement of which only the values differ from time to time (`sql.placeholder`): its text is made once, where the
 * query builder takes longer for it than the driver for all the rest, and each connection keeps its plan.
 */
export class Statement<F extends Fields> {
  readonly #query: Query;
  readonly #columns: readonly (readonly [name: string, decode: (value: unknown) => unknown])[];

  constructor(text: SQL, fields: F) {
    this.#query = dialect.sqlToQuery(text);
    this.#columns = Object.entries(fields).map(([name, field]) => [
      name,
      is(field, SQL)
        ? (value) => value
        : (value) => (value === null ? null : field.mapFromDriverValue(value)),
    ]);
  }

  async run(db: Pick<Database, '_'>, values: Readonly<Record<string, unknown>>): Promise<RowOf<F>[]> {
    // The name makes the driver prepare it, under one of its own.
    const query = db._.session.prepareQuery(this.#query, undefined, 'statement', true, (rows) =>
      rows.map((row) => this.#decode(row)),
    );
    return (await query.execute(values)) as RowOf<F>[];
  }

  #decode(row: readonly unknown[]): RowOf<F> {
    const record: Record<string, unknown> = {};
    this.#columns.forEach(([name, decode], place) => {
      record[name] = decode(row[place]);
    });
    return record as RowOf<F>;
  }
}
