import { and, eq, gt, inArray, lte, max, sql, sum } from 'drizzle-orm';
import type { Database } from '../../../adapters/db/open.ts';
import { blobs, malls, quotaReservations } from '../../../adapters/db/schema.ts';
import { Statement } from '../../../adapters/db/statement.ts';
import { AppError } from '../../../errors.ts';
import type { DatabaseTransaction } from '../../account/end-sessions.ts';
import type { Services } from '../../context.ts';
import { type MallRecord, usedBytes } from '../../mall/record.ts';
import { LEASE_END, reserveRoom, type SizedFile } from './reserve-room.ts';

/** How often a request that takes long renews its leases, ms. */
const RENEW_MS = 20 * 60_000;
const RETRY_MS = 2000;
/** The least that is reserved for files to come, where plenty of room is left; later as much as was taken, bytes. */
const AHEAD_BYTES = 4 * 1024 * 1024;

type Environment = Pick<Services, 'db' | 'log'>;

/** A file that waits for its room. */
interface Waiting extends Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'> {
  readonly file: SizedFile;
}

const selectLeft = new Statement(
  sql`
    select quota_bytes - ${usedBytes}
      - (select coalesce(sum(bytes), 0) from quota_reservations where mall_id = malls.id and expires_at > now())
    from malls where id = ${sql.placeholder('mallId')} and quota_bytes is not null`,
  { bytes: sql<string>`` },
);

/** The quota of a mall as one request sees it, or undefined: such a mall costs this one statement and no more. */
export async function openQuota(
  services: Environment,
  mallId: number | null,
): Promise<MallQuota | undefined> {
  if (mallId === null) return undefined;
  const [mall] = await selectLeft.run(services.db, { mallId });
  return mall && new MallQuota(services, mallId, Number(mall.bytes));
}

/** Removes what instances reserved that are gone. */
export async function sweepReservations(db: Database): Promise<void> {
  const expired = db
    .select({ id: quotaReservations.id })
    .from(quotaReservations)
    .where(lte(quotaReservations.expiresAt, sql`now()`))
    // One that is being settled at this moment goes by itself.
    .for('update', { skipLocked: true });
  await db.delete(quotaReservations).where(inArray(quotaReservations.id, expired));
}

/**
 * Reserves room in a mall for the files of one request before they are stored, so that uploads in parallel, also those
 * of other instances, cannot overrun its quota. `close` gives back what was not settled.
 */
export class MallQuota {
  readonly #services: Environment;
  readonly #mallId: number;
  /** Reservations have the ids of the files' blobs, which a killed process leaves in its spool. */
  readonly #held: string[] = [];
  /** By sha256: equal files of one request need room once. */
  readonly #reserving = new Map<string, Promise<void>>();
  readonly #waiting: Waiting[] = [];
  #isAsking = false;
  /** Bytes that are reserved for files to come. */
  #ahead = 0;
  /** Bytes of the files that have room. */
  #taken = 0;
  #ceiling: number;
  #largest: Promise<number> | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(services: Environment, mallId: number, leftBytes: number) {
    this.#services = services;
    this.#mallId = mallId;
    this.#ceiling = leftBytes;
  }

  /** Bytes up to which a file may grow without a question. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /**
   * For a file that has grown beyond the ceiling. It may still equal one that the mall keeps, which takes no room, as
   * long as it is not larger than all of them.
   * @throws AppError QUOTA_EXCEEDED
   */
  async checkGrowth(size: number): Promise<void> {
    this.#largest ??= this.#findLargest();
    this.#ceiling = Math.max(this.#ceiling, await this.#largest);
    if (size > this.#ceiling) throw new AppError('QUOTA_EXCEEDED');
  }

  /** @throws AppError QUOTA_EXCEEDED; NOT_FOUND when the mall was deleted meanwhile. */
  async reserve(file: SizedFile): Promise<void> {
    let reserving = this.#reserving.get(file.sha256);
    if (!reserving) {
      reserving = this.#take(file);
      this.#reserving.set(file.sha256, reserving);
    }
    await reserving;
  }

  /**
   * Ends the reservations in the transaction that wrote the blobs, whose trigger has counted them and so locked the mall.
   * @param newBytes bytes of the blobs that the mall did not have.
   * @throws AppError QUOTA_EXCEEDED when more came than was reserved (a lease that was lost, equal bytes that were
   * purged meanwhile) and there is no room for it.
   */
  async settle(tx: DatabaseTransaction, newBytes: number): Promise<void> {
    const ended = this.#held.length
      ? await tx
          .delete(quotaReservations)
          .where(sql`${quotaReservations.id} = any(${`{${this.#held.join()}}`}::uuid[])`)
          .returning({ bytes: quotaReservations.bytes })
          .prepare('quota_settled')
          .execute()
      : [];
    const covered = ended.reduce((total, { bytes }) => total + bytes, 0);
    if (newBytes <= covered) return;
    const mall = await lockMall(tx, this.#mallId);
    await requireRoom(tx, mall, 0);
  }

  /** To be called when the settlement is committed: there is nothing to give back. */
  settled(): void {
    this.#held.length = 0;
  }

  /** Gives back what is still reserved. While the database cannot be asked it is tried again. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    if (this.#held.length === 0) return;
    try {
      await this.#services.db.delete(quotaReservations).where(inArray(quotaReservations.id, this.#held));
      this.settled();
    } catch (error) {
      this.#services.log.warn({ err: error }, 'reserved room is given back later');
      setTimeout(() => void this.close(), RETRY_MS).unref();
    }
  }

  async #take(file: SizedFile): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ file, resolve, reject });
    if (!this.#isAsking) void this.#ask();
    await promise;
  }

  /** Asks for all that wait at once; those that come meanwhile are the next. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#renewal ??= setInterval(() => void this.#renew(), RENEW_MS).unref();
    while (this.#waiting.length > 0) {
      const asking = this.#waiting.splice(0).filter((waiting) => !this.#takeAhead(waiting));
      if (asking.length === 0) continue;
      // Noted first: an answer may be lost.
      this.#held.push(...asking.map(({ file }) => file.blobId));
      await this.#reserve(asking).catch((error: unknown) => {
        for (const { reject } of asking) reject(error);
      });
    }
    this.#isAsking = false;
  }

  /** The file may equal one that the mall keeps: then more is given back in the end. */
  #takeAhead({ file: { size }, resolve }: Waiting): boolean {
    if (size > this.#ahead) return false;
    this.#ahead -= size;
    this.#taken += size;
    resolve();
    return true;
  }

  async #reserve(asking: readonly Waiting[]): Promise<void> {
    const files = asking.map(({ file }) => file);
    const wanted = Math.max(AHEAD_BYTES, this.#taken);
    const { fits, ahead } = await reserveRoom(this.#services.db, this.#mallId, files, wanted);
    if (!fits && asking.length > 1) {
      // There may be room for some of them.
      for (const one of asking) await this.#reserve([one]);
      return;
    }
    this.#ahead += ahead;
    for (const { file, resolve, reject } of asking) {
      if (!fits) reject(new AppError('QUOTA_EXCEEDED'));
      else {
        this.#taken += file.size;
        resolve();
      }
    }
  }

  async #renew(): Promise<void> {
    await this.#services.db
      .update(quotaReservations)
      .set({ expiresAt: sql.raw(LEASE_END) })
      .where(inArray(quotaReservations.id, this.#held))
      .catch((error: unknown) => this.#services.log.warn({ err: error }, 'a lease is renewed later'));
  }

  async #findLargest(): Promise<number> {
    const [found] = await this.#services.db
      .select({ size: max(blobs.size) })
      .from(blobs)
      .where(eq(blobs.mallId, this.#mallId));
    return found?.size ?? 0;
  }
}

type LockedMall = Pick<MallRecord, 'id' | 'quotaBytes' | 'usedBytes'>;

/** From here on nobody else reserves or settles in this mall until the transaction ends. */
async function lockMall(tx: DatabaseTransaction, mallId: number): Promise<LockedMall> {
  const [mall] = await tx
    .select({ id: malls.id, quotaBytes: malls.quotaBytes, usedBytes })
    .from(malls)
    .where(eq(malls.id, mallId))
    .for('no key update');
  if (!mall) throw new AppError('NOT_FOUND');
  return mall;
}

/** A statement after the lock's, so that it sees what others committed before they let go of it. */
async function requireRoom(tx: DatabaseTransaction, mall: LockedMall, size: number): Promise<void> {
  if (mall.quotaBytes === null) return;
  const [reserved] = await reservedBytes(tx, mall.id);
  if (mall.usedBytes + Number(reserved?.bytes) + size > mall.quotaBytes) throw new AppError('QUOTA_EXCEEDED');
}

function reservedBytes(db: Pick<Database, 'select'>, mallId: number) {
  return db
    .select({ bytes: sql<string>`coalesce(${sum(quotaReservations.bytes)}, 0)`.as('bytes') })
    .from(quotaReservations)
    .where(and(eq(quotaReservations.mallId, mallId), gt(quotaReservations.expiresAt, sql`now()`)));
}
