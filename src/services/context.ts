import type { Database } from '../adapters/db/open.ts';
import type { UserRole } from '../adapters/db/schema.ts';
import type { Prober } from '../adapters/media/index.ts';
import type { ObjectStore } from '../adapters/storage/object-store.ts';
import type { Spool } from '../adapters/storage/spool.ts';
import type { Budget } from '../lib/budget.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { Logger } from '../lib/logger.ts';
import type { PlaceholderWorker } from './blob/placeholder-worker.ts';
import type { Variants } from './material/variant/variants.ts';

/** Who asks. Changing a user's rights ends their sessions, so what a session says of them is true. */
export interface Actor {
  readonly userId: number;
  readonly username: string;
  readonly role: UserRole;
}

export interface Limits {
  readonly fileBytes: number;
  readonly requestBytes: number;
  readonly imagePixels: number;
  readonly filesPerRequest: number;
}

/** What the services work with, the same for every request. */
export interface Services {
  readonly db: Database;
  readonly store: ObjectStore;
  readonly spool: Spool;
  readonly prober: Prober;
  readonly placeholders: PlaceholderWorker;
  /** Pictures made to measure, and their cache. */
  readonly variants: Variants;
  readonly log: Logger;
  readonly limits: Limits;
  readonly timeZone: string;
  /** Origin in links that the server hands out, and where file URLs point; no slash at the end. */
  readonly urls: { readonly public: string; readonly files: string };
  /** Password hashing: few at once, a bounded number waiting. */
  readonly passwords: Limiter;
  /** Bytes of small files that may be held in memory between their arrival and their probing. */
  readonly smallFileBytes: Budget;
}

/** What every service verb gets. */
export interface Ctx extends Services {
  readonly actor: Actor | null;
  readonly requestId: string;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}
