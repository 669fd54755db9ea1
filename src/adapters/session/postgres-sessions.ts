import { sql as statement } from 'drizzle-orm';
import type postgres from 'postgres';
import type {
  SessionBackend,
  SessionContent,
  SessionLifetime,
  SessionSummary,
  Transaction,
} from './session-backend.ts';

/** A session's end is moved at most this often, seconds: reading must not cost a write each time. */
const TOUCH_SECONDS = 60;

/** A database that takes longer to say who asks counts as gone, ms. */
const PATIENCE_MS = 2000;

/** Sessions in the table `sessions`. */
export class PostgresSessions implements SessionBackend {
  readonly #sql: postgres.Sql;
  readonly #lifetime: SessionLifetime;
  /** Answers that are waited for in vain: until they come, asking for more would only pile up. */
  #overdue = 0;

  constructor(sql: postgres.Sql, lifetime: SessionLifetime) {
    this.#sql = sql;
    this.#lifetime = lifetime;
  }

  async read(idHash: string): Promise<SessionContent | undefined> {
    const { ttlSeconds } = this.#lifetime;
    const [row] = await this.#inTime(
      () => this.#sql<{ data: SessionContent; seconds_left: number }[]>`
        select data, extract(epoch from expires_at - now())::float8 as seconds_left
        from sessions where id_hash = ${idHash} and ${this.#alive()}`,
    );
    if (!row) return undefined;
    if (row.seconds_left < ttlSeconds - Math.min(TOUCH_SECONDS, ttlSeconds / 2)) {
      await this.#sql`
        update sessions set expires_at = now() + make_interval(secs => ${ttlSeconds}) where id_hash = ${idHash}`;
    }
    return row.data;
  }

  async isAlive(idHash: string): Promise<boolean> {
    const rows = await this.#inTime(
      () => this.#sql`select 1 from sessions where id_hash = ${idHash} and ${this.#alive()}`,
    );
    return rows.length > 0;
  }

  async create(idHash: string, content: SessionContent): Promise<void> {
    await this.#sql`
      insert into sessions (id_hash, user_id, data, expires_at)
      values (${idHash}, ${content.userId}, ${JSON.stringify(content)}::text::jsonb,
        now() + make_interval(secs => ${this.#lifetime.ttlSeconds}))`;
  }

  async remove(idHash: string, transaction?: Transaction): Promise<void> {
    if (transaction) await transaction.execute(statement`delete from sessions where id_hash = ${idHash}`);
    else await this.#sql`delete from sessions where id_hash = ${idHash}`;
  }

  async list(userId: number): Promise<SessionSummary[]> {
    const rows = await this.#sql<{ id_hash: string; data: SessionContent; seen: number }[]>`
      select id_hash, data,
        extract(epoch from expires_at - make_interval(secs => ${this.#lifetime.ttlSeconds}))::float8 * 1000 as seen
      from sessions where user_id = ${userId} and ${this.#alive()} order by created_at desc limit 1000`;
    return rows.map(({ id_hash: idHash, data, seen }) => ({
      idHash,
      createdAt: new Date(data.createdAt),
      lastSeenAt: new Date(Math.max(Math.min(seen, Date.now()), data.createdAt)),
      agent: data.agent,
      address: data.address,
    }));
  }

  async removeAll(userId: number, transaction?: Transaction): Promise<void> {
    if (transaction) await transaction.execute(statement`delete from sessions where user_id = ${userId}`);
    else await this.#sql`delete from sessions where user_id = ${userId}`;
  }

  async sweep(): Promise<void> {
    await this.#sql`delete from sessions where not (${this.#alive()})`;
  }

  /** The driver waits for ever for a database that hangs. @throws at once while an earlier answer is overdue. */
  async #inTime<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#overdue > 0) throw new Error('the database owes an earlier answer');
    const { promise: deadline, reject } = Promise.withResolvers<never>();
    let isOverdue = false;
    const timer = setTimeout(() => {
      isOverdue = true;
      this.#overdue++;
      reject(new Error(`no answer from the database within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
    const answer = ask().finally(() => {
      clearTimeout(timer);
      if (isOverdue) this.#overdue--;
    });
    return await Promise.race([answer, deadline]);
  }

  #alive() {
    return this
      .#sql`(expires_at > now() and created_at > now() - make_interval(secs => ${this.#lifetime.maxSeconds}))`;
  }
}
