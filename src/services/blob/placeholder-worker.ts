import { and, eq, isNotNull, lte, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, materials } from '../../adapters/db/schema.ts';
import type { EventBus } from '../../adapters/events/event-bus.ts';
import type { ObjectStore } from '../../adapters/storage/object-store.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { announceMaterials } from '../material/changes.ts';

/** How long after its last sign of life another worker may try the picture of a worker, ms. */
const LEASE_MS = 15_000;
/** Signs of life in the time of a lease. */
const SIGNS_A_LEASE = 3;
const MAX_ATTEMPTS = 3;
/** How long after an upload work begins, ms: the next file of a busy client goes first. */
const SETTLE_MS = 300;
/** How long a busy client can keep it from its work, ms. */
const PATIENCE_MS = 5000;
/** When to look for what a crashed instance left, ms: once its lease is over, then now and again. */
const FIRST_POLL_MS = LEASE_MS + 1000;
const POLL_MS = 60_000;

/** What only a picture can be to blame for. A busy machine is late, too. */
const ITS_FAULT: readonly ErrorCode[] = ['FILE_DAMAGED', 'IMAGE_TOO_LARGE'];

interface PlaceholderWorkerOptions {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly log: Logger;
  readonly events: EventBus;
  /** thumbhash of a picture, base64; null when this kind of picture has none. Fails when it does not decode. */
  readonly makePlaceholder: (bytesOrPath: Uint8Array | string, signal: AbortSignal) => Promise<string | null>;
  /** ms after which the picture of a worker that gives no sign of life is another's, 15,000 by default. */
  readonly leaseMs?: number;
}

interface Claimed {
  readonly id: string;
  readonly storageKey: string;
  readonly size: number;
  readonly attempts: number;
}

/**
 * Makes the blurred placeholders of new pictures, one after the other, after their upload was answered. What is to be
 * done is a column of the blob, and a claim is a lease in the same column, so that nothing is lost with a process and
 * a picture that ends the process is given up after three tries.
 */
export class PlaceholderWorker {
  readonly #options: PlaceholderWorkerOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends, ms since 1970. */
  #timerAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #wokenMeanwhile = false;
  /** When it was told last, and first since there was nothing to do; ms since 1970. */
  #wokenAt = 0;
  #busySince = Number.POSITIVE_INFINITY;
  #hasPolled = false;
  readonly #ending = new AbortController();

  constructor(options: PlaceholderWorkerOptions) {
    this.#options = options;
  }

  /** Tells that there is something to do. */
  wake(): void {
    this.#wokenAt = Date.now();
    this.#busySince = Math.min(this.#busySince, this.#wokenAt);
    if (this.#running !== undefined) this.#wokenMeanwhile = true;
    else if (Date.now() + SETTLE_MS < this.#timerAt) this.#schedule(SETTLE_MS);
  }

  start(): void {
    this.#schedule(0);
  }

  /** The picture in work, which may take long on a busy machine, is left to the next worker. */
  async stop(): Promise<void> {
    this.#ending.abort(new AppError('SERVICE_UNAVAILABLE'));
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(delay: number): void {
    if (this.#ending.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timerAt = Date.now() + delay;
    this.#timer = setTimeout(() => {
      this.#wokenMeanwhile = false;
      this.#running = this.#work().finally(() => {
        this.#running = undefined;
        this.#schedule(this.#wokenMeanwhile ? SETTLE_MS : this.#pollMs());
      });
    }, delay);
    this.#timer.unref();
  }

  #pollMs(): number {
    const isFirst = !this.#hasPolled;
    this.#hasPolled = true;
    return isFirst ? FIRST_POLL_MS : POLL_MS;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        if (this.#isToWait()) {
          this.#wokenMeanwhile = true;
          return;
        }
        const claimed = await this.#claim();
        if (!claimed) {
          this.#busySince = Number.POSITIVE_INFINITY;
          return;
        }
        await this.#make(claimed);
        if (this.#ending.signal.aborted) return;
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'placeholders are made later');
    }
  }

  /** Whether the next file may be on its way, and it is not high time. */
  #isToWait(): boolean {
    const now = Date.now();
    return now - this.#wokenAt < SETTLE_MS && now - this.#busySince < PATIENCE_MS;
  }

  async #claim(): Promise<Claimed | undefined> {
    const { db } = this.#options;
    const now = new Date();
    const due = db
      .select({ id: blobs.id })
      .from(blobs)
      .where(lte(blobs.placeholderDue, now))
      .orderBy(blobs.placeholderDue)
      .limit(1)
      .for('update', { skipLocked: true });
    const [claimed] = await db
      .update(blobs)
      .set({
        placeholderDue: this.#leaseEnd(),
        placeholderAttempts: sql`${blobs.placeholderAttempts} + 1`,
      })
      .where(eq(blobs.id, due))
      .returning({
        id: blobs.id,
        storageKey: blobs.storageKey,
        size: blobs.size,
        attempts: blobs.placeholderAttempts,
      });
    return claimed;
  }

  async #make(claimed: Claimed): Promise<void> {
    const { id, storageKey, size, attempts } = claimed;
    const { db, store, log, makePlaceholder } = this.#options;
    const { signal } = this.#ending;
    const result: { placeholder: string | null; damaged: boolean } = { placeholder: null, damaged: false };
    const renewal = setInterval(() => void this.#renew(claimed), this.#leaseMs / SIGNS_A_LEASE);
    try {
      if (attempts <= MAX_ATTEMPTS) {
        result.placeholder = await makePlaceholder(await sourceOf(store, storageKey, size), signal);
      } else {
        log.warn({ blobId: id, storageKey }, 'a placeholder is given up');
      }
    } catch (error) {
      if (signal.aborted) return await this.#giveBack(claimed);
      // Anything but a picture that does not decode is tried again when the lease is over.
      if (!(error instanceof AppError && ITS_FAULT.includes(error.code))) {
        // Purged meanwhile: there is nothing to be done any more.
        if ((await db.$count(blobs, eq(blobs.id, id))) === 0) return;
        throw error;
      }
      log.warn({ blobId: id, storageKey }, 'a picture does not decode');
      result.damaged = true;
    } finally {
      clearInterval(renewal);
    }
    await db
      .update(blobs)
      .set({ ...result, placeholderDue: null })
      .where(and(eq(blobs.id, id), eq(blobs.placeholderAttempts, attempts)));
    const shown = await db
      .select({ id: materials.id, mallId: materials.mallId })
      .from(materials)
      .where(eq(materials.blobId, id));
    for (const material of shown) announceMaterials(this.#options, 'UPDATED', material.mallId, [material.id]);
  }

  /** As if it had not been claimed. */
  async #giveBack({ id, attempts }: Claimed): Promise<void> {
    await this.#options.db
      .update(blobs)
      .set({ placeholderDue: new Date(), placeholderAttempts: attempts - 1 })
      .where(and(eq(blobs.id, id), eq(blobs.placeholderAttempts, attempts)));
  }

  /** Never rejects: a lease that ends costs some work, and nothing else. */
  async #renew({ id, attempts }: Claimed): Promise<void> {
    const isOurs = and(
      eq(blobs.id, id),
      eq(blobs.placeholderAttempts, attempts),
      isNotNull(blobs.placeholderDue),
    );
    try {
      await this.#options.db.update(blobs).set({ placeholderDue: this.#leaseEnd() }).where(isOurs);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a lease was not renewed');
    }
  }

  get #leaseMs(): number {
    return this.#options.leaseMs ?? LEASE_MS;
  }

  #leaseEnd(): Date {
    return new Date(Date.now() + this.#leaseMs);
  }
}

/** Where the bytes are, if that is on this machine; else the bytes. */
async function sourceOf(store: ObjectStore, storageKey: string, size: number): Promise<Uint8Array | string> {
  const path = store.localPath?.(storageKey);
  if (path === undefined) return await store.read(storageKey, 0, size).bytes();
  if ((await store.size(storageKey)) !== size) throw new Error('stored bytes are missing or cut');
  return path;
}
