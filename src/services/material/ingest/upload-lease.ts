import { randomUUIDv7 } from 'bun';
import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../../../adapters/db/open.ts';
import { uploads } from '../../../adapters/db/schema.ts';
import { Statement } from '../../../adapters/db/statement.ts';
import { AppError } from '../../../errors.ts';
import type { Services } from '../../context.ts';

/** What a killed instance had in flight counts as such for so long. */
const LEASE_SECONDS = 900;
const RENEW_MS = 60_000;

// A crash of the database may lose it, and then the request fails: nothing waits for a disk here.
const beginLease = new Statement(
  sql`
    insert into uploads (id, expires_at)
    select ${sql.placeholder('id')}::uuid, now() + interval '${sql.raw(String(LEASE_SECONDS))} seconds'
    from (select set_config('synchronous_commit', 'off', true)) as settings
    on conflict do nothing`,
  {},
);
const endLease = new Statement(
  sql`delete from ${uploads} where ${uploads.id} = ${sql.placeholder('id')} returning ${uploads.id}`,
  { id: uploads.id },
);

/**
 * Says to every instance that a request puts bytes into the store whose rows are not written yet (table `uploads`). It
 * begins with the first file, must stand before the first bytes reach the store, and ends in the transaction that writes
 * the rows. One that was lost cannot be had again: bytes that came under it may be gone.
 */
export class UploadLease {
  readonly #services: Pick<Services, 'db' | 'log'>;
  readonly #id = randomUUIDv7();
  #begun: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isSettled = false;
  #isClosed = false;

  constructor(services: Pick<Services, 'db' | 'log'>) {
    this.#services = services;
  }

  /** Resolves when the lease stands. After a failure the next call tries again: the bytes may take hours to come. */
  begin(): Promise<void> {
    this.#begun ??= this.#insert().catch((error: unknown) => {
      this.#begun = undefined;
      throw error;
    });
    return this.#begun;
  }

  /**
   * Ends the lease with the transaction.
   * @throws AppError SERVICE_UNAVAILABLE when it was lost: nothing may be committed then.
   */
  async settle(tx: Transaction): Promise<void> {
    const ended = await endLease.run(tx, { id: this.#id });
    if (ended.length === 0) throw new AppError('SERVICE_UNAVAILABLE', { retryAfter: 2 });
  }

  /**
   * Ends the lease if that was not done. It waits for a transaction that has called `settle` and whose answer was lost,
   * so that whatever the next statement of `tx` sees is the last word.
   */
  async conclude(tx: Transaction): Promise<void> {
    await tx.delete(uploads).where(eq(uploads.id, this.#id));
  }

  /** The transaction of `settle` was committed. */
  settled(): void {
    this.#isSettled = true;
  }

  /** Ends the lease in any case. Nobody waits for it: if it fails, time ends the lease. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const begun = this.#begun;
    if (!begun || this.#isSettled) return;
    const { db, log } = this.#services;
    begun
      .then(() => db.delete(uploads).where(eq(uploads.id, this.#id)))
      .catch((error: unknown) => log.debug({ err: error }, 'the lease of an upload ends later'));
  }

  async #insert(): Promise<void> {
    const { db } = this.#services;
    await beginLease.run(db, { id: this.#id });
    if (this.#isClosed) return;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const { db, log } = this.#services;
    try {
      await db
        .update(uploads)
        .set({ expiresAt: sql`now() + make_interval(secs => ${LEASE_SECONDS})` })
        .where(eq(uploads.id, this.#id));
    } catch (error) {
      log.warn({ err: error }, 'the lease of an upload is renewed later');
    }
  }
}
