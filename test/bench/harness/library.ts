import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { Client } from '../../support/client.ts';
import { ADMIN } from '../../support/stockroom.ts';
import { until } from '../../support/temporary.ts';
import { family } from './memory.ts';
import { type RunningStockroom, startServer } from './processes.ts';

const MALLS = 10;
const MEMBER = 'member';

/** How to reach the database of a running server. */
export interface DatabaseSocket {
  /** The socket's directory. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A server with many materials in ten malls, of which its user may see three. */
export interface Library extends AsyncDisposable {
  readonly server: RunningStockroom;
  readonly client: Client;
  readonly userId: number;
  readonly database: DatabaseSocket;
  readonly sql: postgres.Sql;
}

export async function createLibrary(materials: number): Promise<Library> {
  const server = await startServer();
  const database = socketOf(server.pid);
  const sql = postgres({ ...database, max: 1, onnotice: () => {} });
  const dispose = async () => {
    await sql.end();
    await server[Symbol.asyncDispose]();
  };
  try {
    await fill(sql, materials);
    const userId = await createMember(sql);
    const client = await Client.loggedIn(server.url, { username: MEMBER, password: ADMIN.password });
    return { server, client, userId, database, sql, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The statement on materials that the server runs for a request, as the database sees it. */
export async function statementOf(
  { server, sql }: Library,
  request: () => Promise<unknown>,
): Promise<string> {
  const log = join(server.dataDir, 'postgres.log');
  const start = readFileSync(log).byteLength;
  await sql.unsafe(`alter system set log_statement = 'all'`);
  await sql`select pg_reload_conf()`;
  try {
    return await until('the statement in the log', async () => {
      await request();
      const text = readFileSync(log).subarray(start).toString();
      return /LOG: {2}execute \w+: (select .* from "materials" .*)/.exec(text)?.[1];
    });
  } finally {
    await sql.unsafe('alter system reset log_statement');
    await sql`select pg_reload_conf()`;
  }
}

/** The cursor behind the materials that the user sees before this one, in the default order. */
export async function cursorAt({ sql, userId }: Library, materials: number): Promise<string> {
  const [row] = await sql<{ created_at: Date; id: string }[]>`
    select created_at, id from materials
    where mall_id in (select mall_id from memberships where user_id = ${userId})
    order by created_at desc, id desc offset ${materials - 1} limit 1`;
  if (!row) throw new Error(`there are no ${materials} materials`);
  return Buffer.from(JSON.stringify(['CREATED_AT', row.created_at.getTime(), row.id])).toString('base64url');
}

/** The embedded database listens on a socket that only its command line tells. */
function socketOf(server: number): DatabaseSocket {
  for (const pid of family(server)) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    const host = /unix_socket_directories=([^\0]+)/.exec(command)?.[1];
    if (host) return { host, port: 5432, user: 'stockroom', database: 'stockroom' };
  }
  throw new Error('the server has no embedded database');
}

async function createMember(sql: postgres.Sql): Promise<number> {
  const [user] = await sql<{ id: number }[]>`
    insert into users (username, password_hash, role) select ${MEMBER}, password_hash, 'MEMBER' from users
    returning id`;
  if (!user) throw new Error('there is no administrator');
  await sql`
    insert into memberships (mall_id, user_id, role) select id, ${user.id}, 'VIEWER' from malls where id <= 3`;
  return user.id;
}

async function fill(sql: postgres.Sql, count: number): Promise<void> {
  // Rows that refer to rows made here need no check of that.
  await sql.unsafe(`
    set session_replication_role = replica;
    insert into malls (id, name) select n, 'Mall ' || n from generate_series(2, ${MALLS}) n;
    create temporary table seed as
      select n, 1 + n % ${MALLS} as mall, uuidv7() as blob, uuidv7() as id,
        1000 + n % 5000000 as size, 320 + n % 1600 as width, 240 + n % 1200 as height,
        timestamptz '2020-01-01' + n * interval '7 seconds' as at
      from generate_series(1, ${count}) n;
    insert into blobs (id, mall_id, sha256, size, mime_type, kind, width, height, storage_key, placeholder, created_at)
      select blob, mall, encode(sha256(n::text::bytea), 'hex'), size, 'image/jpeg', 'IMAGE', width, height,
        'bench/' || n, '1QcSHQRnh493V4dIh4eXh1h4kJUI', at
      from seed;
    insert into materials (id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder,
        source, uploaded_by, created_at, updated_at)
      select id, mall, blob, 'IMAGE', size, width, height, 'picture ' || n || '.jpg',
        '/mall/' || to_char(at, 'YYYY-MM-DD') || '/' || id || '.jpg', 'pictures', 'UPLOAD', 1, at, at
      from seed;
    drop table seed;
    reset session_replication_role;
  `);
  await sql.unsafe('vacuum analyze blobs');
  await sql.unsafe('vacuum analyze materials');
  await sql.unsafe('checkpoint');
}
