import type postgres from 'postgres';
import { Client, fixture, type GraphQLAnswer } from '../../support/client.ts';
import { openSql } from '../../support/sql.ts';
import { type StockroomServer, startStockroom } from '../../support/stockroom.ts';

/**
 * Everybody who may ask: `fresh` is an owner whose password somebody else chose; the tokens are the owner's, each with
 * one scope, and `mallToken` is an administrator's with all scopes, for the own mall only.
 */
export const ROLES = [
  'visitor',
  'fresh',
  'stranger',
  'viewer',
  'editor',
  'owner',
  'admin',
  'readToken',
  'writeToken',
  'manageToken',
  'mallToken',
] as const;
export type Role = (typeof ROLES)[number];

/** Whose the things are that a request is about: the mall of the roles, another one, or nobody's. */
export const REACHES = ['own', 'foreign', 'absent'] as const;
export type Reach = (typeof REACHES)[number];

export interface Target {
  readonly mallId: number;
  readonly materialId: string;
  readonly basePath: string;
  /** Somebody who is a member of the mall. */
  readonly userId: number;
  readonly username: string;
  /** A finished export of that user. */
  readonly exportJobId: string;
}

const PASSWORD = 'a password for tests';
const MEMBERS = {
  fresh: 'OWNER',
  stranger: null,
  viewer: 'VIEWER',
  editor: 'EDITOR',
  owner: 'OWNER',
} as const;
const ABSENT: Target = {
  mallId: 999_999,
  materialId: '01a00000-0000-7000-8000-000000000000',
  basePath: '/mall/2026-01-01/none.png',
  userId: 999_999,
  username: 'nobody at all',
  exportJobId: '01a00000-0000-7000-8000-000000000000',
};
/** What must stay as it was where a request is refused, without what counts requests. */
const SNAPSHOT = [
  'users',
  'malls',
  'memberships',
  'materials',
  'blobs',
  'quota_reservations',
  'audit_events',
  'webhooks',
  'webhook_deliveries',
];

/** Of tables that move by themselves. */
const UNMOVED: Readonly<Record<string, string>> = {
  blobs: 'id, mall_id, sha256, size',
  webhook_deliveries: 'id, webhook_id, event',
};

/** A server with two malls and somebody of each role. */
export class World implements AsyncDisposable {
  readonly server: StockroomServer;
  readonly sql: postgres.Sql;
  /** Somebody who sets things up: of no role, and never logged out. */
  readonly keeper: Client;
  readonly #foreignMallId: number;
  readonly #passwordHash: string;
  readonly #clients = new Map<Role, Promise<Client>>();
  readonly #tokens = new Map<Role, string>();
  #made = 0;

  private constructor(server: StockroomServer, sql: postgres.Sql, foreignMallId: number) {
    this.server = server;
    this.sql = sql;
    this.keeper = new Client(server.url);
    this.#foreignMallId = foreignMallId;
    this.#passwordHash = Bun.password.hashSync(PASSWORD, {
      algorithm: 'argon2id',
      memoryCost: 1024,
      timeCost: 1,
    });
  }

  static async open(): Promise<World> {
    const server = await startStockroom({
      env: { USER_REQUESTS_PER_MINUTE: '0', REMOTE_FETCHES_PER_MINUTE: '0' },
    });
    const sql = await openSql(server, {});
    const [mall] = await sql`insert into malls (name) values ('Foreign') returning id`;
    const world = new World(server, sql, mall?.id);
    await world.addUser('keeper', false, 'ADMIN');
    world.keeper.cookie = (
      await Client.loggedIn(server.url, { username: 'keeper', password: PASSWORD })
    ).cookie;
    for (const [name, role] of Object.entries(MEMBERS)) {
      const id = await world.addUser(name, name === 'fresh');
      if (role) await sql`insert into memberships (mall_id, user_id, role) values (1, ${id}, ${role})`;
    }
    const owner = await world.client('owner');
    for (const scope of ['READ', 'WRITE', 'MANAGE'] as const) {
      const role = `${scope.toLowerCase()}Token` as 'readToken' | 'writeToken' | 'manageToken';
      world.#tokens.set(role, await makeToken(owner, `[${scope}]`));
    }
    world.#tokens.set(
      'mallToken',
      await makeToken(await world.client('admin'), '[READ, WRITE, MANAGE], mallId: 1'),
    );
    return world;
  }

  /** Sends as somebody of this role. */
  async send(role: Role, path: string, init: RequestInit = {}): Promise<Response> {
    const token = this.#tokens.get(role);
    const headers = new Headers(init.headers);
    headers.set('accept-language', 'en');
    if (token) headers.set('authorization', `Bearer ${token}`);
    const client = await this.client(role);
    return await client.send(path, { ...init, headers });
  }

  /** @param file of test/fixtures/media, for the variable `file`. */
  async graphql(role: Role, query: string, variables: object, file?: string): Promise<GraphQLAnswer> {
    if (file) {
      const body = new FormData();
      body.set('operations', JSON.stringify({ query, variables }));
      body.set('map', '{"0":["variables.file"]}');
      body.set('0', await fixture(file));
      const headers = { 'apollo-require-preflight': '1' };
      const answer = await this.send(role, '/graphql', { method: 'POST', headers, body });
      return (await answer.json()) as GraphQLAnswer;
    }
    const response = await this.send(role, '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphQLAnswer;
  }

  /** What a request is about, made anew each time. */
  async target(reach: Reach): Promise<Target> {
    if (reach === 'absent') return ABSENT;
    const mallId = reach === 'own' ? 1 : this.#foreignMallId;
    const username = `member ${++this.#made}`;
    const userId = await this.addUser(username, false);
    await this.sql`insert into memberships (mall_id, user_id, role) values (${mallId}, ${userId}, 'VIEWER')`;
    const [material] = await this.keeper.upload([await fixture('tiny.gif')], { mallId, folder: 'kept' });
    return {
      mallId,
      materialId: String(material?.id),
      basePath: String(material?.basePath),
      userId,
      username,
      exportJobId: await this.#addExport(userId, String(material?.id)),
    };
  }

  /** An export with the bytes of a material. */
  async #addExport(userId: number, materialId: string): Promise<string> {
    const id = Bun.randomUUIDv7();
    await this.sql`update export_jobs set storage_key = null`;
    await this.sql`
      insert into export_jobs
        (id, user_id, report, format, parameters, state, filename, storage_key, bytes, finished_at, expires_at)
      select ${id}, ${userId}, 'materials', 'CSV', '{}', 'DONE', 'materials.csv', storage_key, blobs.size, now(),
        now() + interval '1 day'
      from materials join blobs on blobs.id = blob_id where materials.id = ${materialId}`;
    return id;
  }

  /** The client of a role; after `forget` a new login. */
  async client(role: Role): Promise<Client> {
    if (role === 'visitor' || this.#tokens.has(role)) return new Client(this.server.url);
    const known = this.#clients.get(role);
    if (known !== undefined) return await known;
    const client =
      role === 'admin'
        ? Client.loggedIn(this.server.url)
        : Client.loggedIn(this.server.url, { username: role, password: PASSWORD });
    this.#clients.set(role, client);
    return await client;
  }

  /** For requests that end the session, or change the password. */
  async forget(role: Role): Promise<void> {
    this.#clients.delete(role);
    if (role !== 'admin' && role in MEMBERS) {
      await this
        .sql`update users set password_hash = ${this.#passwordHash}, must_change_password = ${role === 'fresh'}
        where username = ${role}`;
    }
  }

  async addUser(username: string, mustChange: boolean, role = 'MEMBER'): Promise<number> {
    const [user] = await this.sql`
      insert into users (username, password_hash, role, must_change_password)
      values (${username}, ${this.#passwordHash}, ${role}, ${mustChange}) returning id`;
    return user?.id;
  }

  /** A digest of everything that requests can change. */
  async snapshot(): Promise<string> {
    const digests = await Promise.all(
      SNAPSHOT.map(async (table) => {
        const columns = UNMOVED[table] ?? '*';
        const [row] = await this.sql.unsafe(
          `select count(*) as rows, md5(string_agg(t::text, ',' order by t::text)) as digest from (select ${columns} from ${table}) t`,
        );
        return `${table} ${row?.rows} ${row?.digest}`;
      }),
    );
    const [made] = await this.sql`
      select (select count(*) from api_tokens) as tokens, (select count(*) from export_jobs) as exports`;
    return [...digests, JSON.stringify(made)].join('\n');
  }

  get password(): string {
    return PASSWORD;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.server[Symbol.asyncDispose]();
  }
}

async function makeToken(client: Client, scopesAndMore: string): Promise<string> {
  const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(
    `mutation { createApiToken(name: "matrix", scopes: ${scopesAndMore}) { token } }`,
  );
  return createApiToken.token;
}
