import type postgres from 'postgres';
import { Client } from './client.ts';
import { openSql } from './sql.ts';
import { type StockroomServer, startStockroom } from './stockroom.ts';

const PASSWORD = 'a password for tests';
/** Others than the order of UTF-16 units or of a language. */
const NAMES = ['a.png', 'B.png', 'ä.png', '中.mp4', '\u{fb00}.png', '\u{1f600}.png', '100%_\\.PNG'];
const KINDS = ['IMAGE', 'VIDEO', 'AUDIO'] as const;

/** A material as it is put into the database. */
export interface Row {
  readonly id: string;
  readonly mallId: number | null;
  readonly kind: (typeof KINDS)[number];
  readonly originFilename: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly createdAt: Date;
  readonly uploadedBy: number | null;
}

/** A running server with SQL access to its database. */
export class Library implements AsyncDisposable {
  readonly server: StockroomServer;
  readonly admin: Client;
  readonly sql: postgres.Sql;

  private constructor(server: StockroomServer, admin: Client, sql: postgres.Sql) {
    this.server = server;
    this.admin = admin;
    this.sql = sql;
  }

  static async open(env: Record<string, string>): Promise<Library> {
    const server = await startStockroom({ env });
    return new Library(server, await Client.loggedIn(server.url), await openSql(server, env));
  }

  async addMall(id: number): Promise<void> {
    await this.sql`insert into malls (id, name) values (${id}, ${`Mall ${id}`})`;
  }

  /** @returns the user's id. */
  async addUser(username: string, memberships: Record<number, string> = {}): Promise<number> {
    const passwordHash = await Bun.password.hash(PASSWORD, {
      algorithm: 'argon2id',
      memoryCost: 8,
      timeCost: 1,
    });
    const [user] = await this.sql<{ id: number }[]>`
      insert into users (username, password_hash, role) values (${username}, ${passwordHash}, 'MEMBER') returning id`;
    const id = user?.id ?? 0;
    for (const [mallId, role] of Object.entries(memberships)) {
      await this
        .sql`insert into memberships (mall_id, user_id, role) values (${Number(mallId)}, ${id}, ${role})`;
    }
    return id;
  }

  async login(username: string): Promise<Client> {
    return await Client.loggedIn(this.server.url, { username, password: PASSWORD });
  }

  /** Rows only; their bytes are not needed here. */
  async insert(rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      const blobId = Bun.randomUUIDv7();
      const { kind, size, width, height } = row;
      const sha256 = new Bun.CryptoHasher('sha256').update(row.id).digest('hex');
      await this.sql`
        insert into blobs ${this.sql({
          id: blobId,
          mall_id: row.mallId,
          sha256,
          size,
          mime_type: 'image/png',
          kind,
          width,
          height,
          storage_key: blobId,
        })}`;
      await this.sql`
        insert into materials ${this.sql({
          id: row.id,
          mall_id: row.mallId,
          blob_id: blobId,
          kind,
          size,
          width,
          height,
          origin_filename: row.originFilename,
          base_path: `/mall/2026-01-01/${row.id}.png`,
          folder: row.folder,
          tags: row.tags as string[],
          source: row.mallId === null ? 'TEMPLATE' : 'UPLOAD',
          uploaded_by: row.uploadedBy,
          created_at: row.createdAt.toISOString(),
        })}`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.server[Symbol.asyncDispose]();
  }
}

/** Rows whose sort values are few, so that ids decide the order among many. */
export function makeRows(
  count: number,
  { mallIds, uploaders }: { mallIds: readonly (number | null)[]; uploaders: readonly (number | null)[] },
): Row[] {
  const pick = <T>(values: readonly T[], i: number): T => values[i % values.length] as T;
  return Array.from({ length: count }, (_, i) => {
    const kind = pick(KINDS, i);
    return {
      id: crypto.randomUUID(),
      mallId: pick(mallIds, i),
      kind,
      originFilename: pick(NAMES, i),
      folder: pick(['', 'spring', 'spring/posters', 'Spring'], i),
      tags: pick([[], ['red'], ['red', '绿'], ['blue', 'a "quoted", {odd} \\ one']], i >> 1),
      size: pick([100, 200, 200, 6 * 2 ** 40], i),
      width: kind === 'AUDIO' ? null : pick([320, 640, 1920], i),
      height: kind === 'AUDIO' ? null : pick([240, 480, 1080], i),
      createdAt: pick(
        [0, 1, 1, 2].map((day) => new Date(Date.UTC(2026, 0, 1 + day, 0, 0, 0, day * 123))),
        i,
      ),
      uploadedBy: pick(uploaders, i),
    };
  });
}
