import type { Readable } from 'node:stream';
import type postgres from 'postgres';
import { connect, type DatabaseAddress } from './open.ts';

/** A transaction that shows the database as it was at one instant. */
export interface Snapshot {
  readonly readAt: Date;
  /** The one number of the one row that the SELECT gives. */
  number(select: string): Promise<number>;
  /**
   * The rows of a SELECT as COPY writes them in text format, whole rows at a time. The database waits while `take` does.
   * The bytes are the taker's only until it returns.
   */
  copy(select: string, take: (rows: Uint8Array) => Promise<void> | void): Promise<void>;
}

export interface SnapshotOptions {
  /** IANA name: instants are shown as a clock there shows them, with their offset. */
  readonly timeZone: string;
  /** Ends the running statement, whatever it waits for. */
  readonly signal: AbortSignal;
}

/** Seconds for the goodbye of a connection that has nothing left to do, also where it is gone already. */
const CLOSE_PATIENCE = 0.2;
const NEWLINE = 0x0a;

/**
 * Reads on a connection of its own, which is closed in any case; what runs on it then is ended.
 * @throws the signal's reason; what `read` throws; the database's errors, see errors.ts.
 */
export async function readSnapshot<T>(
  address: DatabaseAddress,
  { timeZone, signal }: SnapshotOptions,
  read: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sql = connect(address, 1);
  let backend: number | undefined;
  let isDone = false;
  const end = () => {
    if (backend !== undefined && !isDone) endBackend(address, backend).catch(() => {});
    isDone = true;
  };
  signal.addEventListener('abort', end);
  try {
    await sql.unsafe('begin isolation level repeatable read read only');
    const [head] = await sql.unsafe(
      `select set_config('TimeZone', $1, true), set_config('DateStyle', 'ISO, YMD', true),
        set_config('extra_float_digits', '1', true), set_config('statement_timeout', '0', true),
        pg_backend_pid() as pid, extract(epoch from transaction_timestamp()) * 1000 as ms`,
      [timeZone],
    );
    backend = Number(head?.pid);
    signal.throwIfAborted();
    const result = await read({
      readAt: new Date(Number(head?.ms)),
      async number(select) {
        const [row] = await sql.unsafe(select);
        return Number(Object.values(row ?? {})[0]);
      },
      copy: (select, take) => copy(sql, select, take, end),
    });
    signal.throwIfAborted();
    await sql.unsafe('commit');
    isDone = true;
    return result;
  } catch (error) {
    end();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await sql.end({ timeout: CLOSE_PATIENCE });
  }
}

/** @param stop ends the statement where `take` fails. */
async function copy(
  sql: postgres.Sql,
  select: string,
  take: (rows: Uint8Array) => Promise<void> | void,
  stop: () => void,
): Promise<void> {
  const stream: Readable = await sql.unsafe(`copy (${select}) to stdout`).readable();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  let rest: Uint8Array | undefined;
  /** A paused stream may end all the same. */
  let taking: Promise<void> | undefined;
  const fail = (error: unknown) => {
    isOver = true;
    reject(error);
    stop();
    // The end of the connection is only seen behind the rows that are on their way.
    stream.resume();
  };
  stream.on('data', (chunk: Uint8Array) => {
    if (isOver) return;
    try {
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      rest = end < bytes.length ? bytes.slice(end) : undefined;
      const taken = end > 0 ? take(bytes.subarray(0, end)) : undefined;
      if (!taken) return;
      stream.pause();
      taking = taken.then(() => void stream.resume(), fail);
    } catch (error) {
      fail(error);
    }
  });
  stream.on('error', fail);
  stream.on('end', () => {
    if (rest) fail(new Error('the database has ended in the middle of a row'));
    else if (taking !== undefined) taking.then(resolve, reject);
    else resolve();
  });
  await promise;
}

/** Unlike a cancelled statement, an ended backend also leaves what it waits to send. */
async function endBackend(address: DatabaseAddress, pid: number): Promise<void> {
  const sql = connect(address, 1);
  try {
    await sql`select pg_terminate_backend(${pid})`;
  } finally {
    await sql.end({ timeout: CLOSE_PATIENCE });
  }
}
