import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import type { Tracer } from '../../lib/tracer.ts';
import * as schema from './schema.ts';
import { tracedClient } from './traced-client.ts';

export type Database = PostgresJsDatabase<typeof schema> & { readonly $client: postgres.Sql };

export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** Where a PostgreSQL listens: a URL, or the embedded one's Unix socket. */
export type DatabaseAddress =
  | string
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

/** Seconds. The driver's own 20 would keep requests waiting long after the database is back. */
const LONGEST_BACKOFF = 0.5;

/** A connection costs PostgreSQL some 3 MB, and a new one a few milliseconds. */
const IDLE_SECONDS = 5;

/** Opens a pool; connections are made at first use and closed after some seconds without work. */
export function openDatabase(address: DatabaseAddress, connections = 10, tracer?: Tracer): Database {
  const client = connect(address, connections);
  return drizzle(tracer ? tracedClient(client, tracer) : client, { schema });
}

/** A postgres.js client for work that needs a connection of its own (locks, migrations). */
export function connect(address: DatabaseAddress, connections: number): postgres.Sql {
  return client(address, { max: connections, idle_timeout: IDLE_SECONDS });
}

/** A client of one connection that stays open while nobody uses it, such as for a lock. */
export function connectForLock(address: DatabaseAddress): postgres.Sql {
  return client(address, { max: 1, idle_timeout: 0 });
}

/** A client of one connection for LISTEN, which stays open. The driver's own `listen` gives up when it fails twice. */
export function connectListener(
  address: DatabaseAddress,
  events: { readonly onMessage: (message: string) => void; readonly onClose: () => void },
): postgres.Sql {
  const onnotify = (_channel: string, message: string) => events.onMessage(message);
  return client(address, { max: 1, idle_timeout: 0, onclose: events.onClose, ...{ onnotify } });
}

type ClientOptions = Pick<postgres.Options<Record<string, never>>, 'max' | 'idle_timeout' | 'onclose'>;

function client(address: DatabaseAddress, clientOptions: ClientOptions): postgres.Sql {
  const options = {
    ...clientOptions,
    connect_timeout: 5,
    max_lifetime: null,
    // Nobody would catch it when the connection is lost while they are fetched; drizzle reads arrays by itself.
    fetch_types: false,
    backoff: (failures: number) => Math.min(0.02 * 2 ** failures, LONGEST_BACKOFF),
    onnotice: () => {},
    connection: { application_name: 'stockroom' },
  } as const;
  return typeof address === 'string' ? postgres(address, options) : postgres({ ...address, ...options });
}
