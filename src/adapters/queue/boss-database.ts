import type { ConstructorOptions } from 'pg-boss';
import type postgres from 'postgres';

type BossDatabase = NonNullable<ConstructorOptions['db']>;

/** Lets pg-boss use our own pool: another driver would have connections of its own. */
export function bossDatabase(sql: postgres.Sql): BossDatabase {
  return {
    async executeSql(text, values = []) {
      if (!/^\s*begin\b/i.test(text)) return { rows: await inTime(run(sql, text, values)) };
      // A script with a transaction of its own needs one connection, which must not stay in a failed one.
      const connection = await sql.reserve();
      try {
        return { rows: await run(connection, text, values) };
      } catch (error) {
        await connection.unsafe('rollback').catch(() => {});
        throw error;
      } finally {
        connection.release();
      }
    },
  };
}

/** The driver may lose a query with its connection: a worker must not wait for it for ever, ms. */
const PATIENCE_MS = 15_000;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the database did not answer in time')), PATIENCE_MS);
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

/** A script of several statements gives the rows of all of them. */
async function run(sql: postgres.Sql, text: string, values: readonly unknown[]): Promise<unknown[]> {
  const result: unknown[] = await sql.unsafe(text, values.map(toParameter));
  return result.some(Array.isArray) ? result.flat() : result;
}

/** As the driver that pg-boss is written for does: arrays are PostgreSQL's, other objects JSON. */
function toParameter(value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return JSON.stringify(value);
  return `{${value.map((item) => `"${String(item).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
