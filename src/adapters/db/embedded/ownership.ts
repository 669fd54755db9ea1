import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { commandOf } from './processes.ts';
import { DATABASE, SOCKET_PORT, SUPERUSER, socketPath } from './settings.ts';

const OWNER_LOCK = 7_305_000;
const APPLICATION = 'stockroom-owner-';

/** ms */
const RETRY = 20;
const HAND_OVER_PATIENCE = 2_000;

export interface Ownership {
  release(): Promise<void>;
}

/** A connection of its own that holds the advisory lock; `holder` is set when somebody else has it. */
export interface Claim {
  readonly ownership?: Ownership;
  /** Process number of the owner, where it told. */
  readonly holder?: number | undefined;
}

interface Session {
  readonly sql: postgres.Sql;
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

/**
 * Takes the lock that says which process owns the database, makes the database `stockroom` where it is missing, and
 * holds the lock until `release`, through every restart of the server. It does not keep the process alive.
 * `onLost` is called, once, when another process has taken the lock after a restart.
 */
export async function claimOwnership(
  socketDirectory: string,
  onLost: (holder: number | undefined) => void,
): Promise<Claim> {
  let released = false;
  let session = await openSession(socketDirectory);

  async function release(): Promise<void> {
    released = true;
    session.socket.ref();
    await endSession(session);
  }

  async function hold(): Promise<void> {
    for (;;) {
      session.socket.unref();
      await session.closed;
      await endSession(session);
      const lost = await regain();
      if (lost && !released) onLost(lost.holder);
      if (lost || released) return release();
    }
  }

  async function regain(): Promise<Claim | undefined> {
    while (!released) {
      try {
        session = await openSession(socketDirectory);
        const claim = await whileOpen(session, takeLock(session.sql));
        return claim.held ? undefined : { holder: claim.holder };
      } catch {
        await endSession(session);
        await pause(RETRY, undefined, { ref: false });
      }
    }
    return undefined;
  }

  try {
    const { held, holder } = await whileOpen(session, takeLock(session.sql));
    if (!held) {
      await release();
      return { holder };
    }
    await whileOpen(session, ensureDatabase(session.sql));
  } catch (error) {
    await release();
    throw error;
  }
  void hold();
  return { ownership: { release } };
}

async function ensureDatabase(sql: postgres.Sql): Promise<void> {
  const [found] = await sql`select 1 from pg_database where datname = ${DATABASE}`;
  // Copied page by page, the template would stay in shared buffers: 10 MB that nobody reads again.
  if (!found) await sql`create database ${sql(DATABASE)} strategy file_copy`;
}

/** Waits a moment for a holder that has just died: its session ends after it. */
async function takeLock(sql: postgres.Sql): Promise<{ held: boolean; holder?: number | undefined }> {
  const deadline = performance.now() + HAND_OVER_PATIENCE;
  for (;;) {
    const [row] = await sql<{ held: boolean }[]>`select pg_try_advisory_lock(${OWNER_LOCK}::bigint) as held`;
    if (row?.held) return { held: true };
    const [session] = await sql<{ name: string }[]>`
      select application_name as name from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and objid = ${OWNER_LOCK}::bigint::oid and granted`;
    const holder = Number(session?.name.slice(APPLICATION.length)) || undefined;
    const alive = holder !== undefined && holder !== process.pid && commandOf(holder) !== undefined;
    if (alive || performance.now() > deadline) return { held: false, holder };
    await pause(RETRY);
  }
}

/**
 * A new client for each connection: the driver's own reconnecting waits for ever after a socket that could not be
 * opened. @throws when the server does not listen
 */
async function openSession(socketDirectory: string): Promise<Session> {
  const socket = connect(socketPath(socketDirectory));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  const options = {
    host: socketDirectory,
    port: SOCKET_PORT,
    user: SUPERUSER,
    // Advisory locks belong to one database, and this one exists from the start.
    database: 'postgres',
    max: 1,
    max_lifetime: null,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: `${APPLICATION}${process.pid}` },
    // Not in the driver's types; the only way to a connection that does not keep the process alive.
    socket: () => socket,
  };
  return { sql: postgres(options), socket, closed };
}

async function whileOpen<T>(session: Session, work: Promise<T>): Promise<T> {
  const closed = session.closed.then(() => {
    throw new Error('The connection to the database has ended');
  });
  return await Promise.race([work, closed]);
}

async function endSession({ sql, socket }: Session): Promise<void> {
  await sql.end({ timeout: 0 }).catch(() => {});
  socket.destroy();
}
