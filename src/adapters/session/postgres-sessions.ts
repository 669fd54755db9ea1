import type postgres from 'postgres';
import type { SessionBackend, SessionContent } from './session-backend.ts';

/** A session's end is moved at most this often, seconds: reading must not cost a write each time. */
const TOUCH_SECONDS = 60;

/** Sessions in the table `sessions`. */
export class PostgresSessions implements SessionBackend {
  readonly #sql: postgres.Sql;
  readonly #ttlSeconds: number;

  constructor(sql: postgres.Sql, ttlSeconds: number) {
    this.#sql = sql;
    this.#ttlSeconds = ttlSeconds;
  }

  async read(idHash: string): Promise<SessionContent | undefined> {
    const [row] = await this.#sql<{ data: SessionContent; seconds_left: number }[]>`
      select data, extract(epoch from expires_at - now())::float8 as seconds_left
      from sessions where id_hash = ${idHash} and expires_at > now()`;
    if (!row) return undefined;
    if (row.seconds_left < this.#ttlSeconds - Math.min(TOUCH_SECONDS, this.#ttlSeconds / 2)) {
      await this.#sql`
        update sessions set expires_at = now() + make_interval(secs => ${this.#ttlSeconds}) where id_hash = ${idHash}`;
    }
    return row.data;
  }

  async create(idHash: string, content: SessionContent): Promise<void> {
    await this.#sql`
      insert into sessions (id_hash, user_id, data, expires_at)
      values (${idHash}, ${content.userId}, ${JSON.stringify(content)}::text::jsonb,
        now() + make_interval(secs => ${this.#ttlSeconds}))`;
  }

  async remove(idHash: string): Promise<void> {
    await this.#sql`delete from sessions where id_hash = ${idHash}`;
  }

  async sweep(): Promise<void> {
    await this.#sql`delete from sessions where expires_at <= now()`;
  }
}
