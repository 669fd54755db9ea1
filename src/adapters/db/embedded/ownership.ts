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

/**
 * Takes the lock that says which process owns the database, makes the database `stockroom` where it is missing, and
 * holds the lock until `release`, through every restart of the server. It does not keep the process alive.
 * `onLost` is called, once, when another process has taken the lock after a restart.
 */
export async function claimOwnership(
  socketDirectory: string,
  onLost: (holder: number | undefined) => void,
): Promise<Claim> {
  const sockets = new Set<Socket>();
  let released = false;
  let regaining = false;
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
    backoff: () => RETRY / 1000,
    onnotice: () => {},
    onclose: () => void regain(),
    connection: { application_name: `${APPLICATION}${process.pid}` },
    // Not in the driver's types; the only way to a connection that does not keep the process alive.
    socket: () => openSocket(socketPath(socketDirectory), sockets),
  };
  const sql = postgres(options);
  const ownership: Ownership = {
    async release() {
      released = true;
      for (const socket of sockets) socket.ref();
      await sql.end({ timeout: 1 }).catch(() => {});
    },
  };

  async function regain(): Promise<void> {
    if (released || regaining) return;
    regaining = true;
    while (!released) {
      try {
        const { held, holder } = await takeLock(sql);
        if (!held) onLost(holder);
        released ||= !held;
        break;
      } catch {
        await pause(RETRY, undefined, { ref: false });
      }
    }
    regaining = false;
    for (const socket of sockets) socket.unref();
  }

  regaining = true;
  try {
    const { held, holder } = await takeLock(sql);
    if (!held) {
      await ownership.release();
      return { holder };
    }
    const [found] = await sql`select 1 from pg_database where datname = ${DATABASE}`;
    if (!found) await sql`create database ${sql(DATABASE)}`;
  } catch (error) {
    await ownership.release();
    throw error;
  }
  regaining = false;
  for (const socket of sockets) socket.unref();
  return { ownership };
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

async function openSocket(path: string, sockets: Set<Socket>): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}
