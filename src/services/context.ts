import type { Database, DatabaseAddress } from '../adapters/db/open.ts';
import type { TokenScope, UserRole } from '../adapters/db/schema.ts';
import type { EventBus } from '../adapters/events/event-bus.ts';
import type { Prober, Renderer } from '../adapters/media/index.ts';
import type { JobQueue } from '../adapters/queue/job-queue.ts';
import type { RateLimiter } from '../adapters/rate-limit/rate-limiter.ts';
import type { RemoteClient } from '../adapters/remote/remote-client.ts';
import type { SessionBackend } from '../adapters/session/session-backend.ts';
import type { ObjectStore } from '../adapters/storage/object-store.ts';
import type { Spool } from '../adapters/storage/spool.ts';
import type { MemoryGauge } from '../adapters/system/memory-gauge.ts';
import type { Budget } from '../lib/budget.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics/metrics.ts';
import type { Tracer } from '../lib/tracer.ts';
import type { LoginFailures } from './account/login-failures.ts';
import type { PlaceholderWorker } from './blob/placeholder-worker.ts';
import type { ExportPlaces } from './export/export-places.ts';
import type { Readiness } from './health/readiness.ts';
import type { FetchGate } from './image-fetch/fetch-gate.ts';
import type { FileBytes } from './material/file-bytes.ts';
import type { FileCache } from './material/file-cache.ts';
import type { Variants } from './material/variant/variants.ts';
import type { Meters } from './meters.ts';

/** Who asks. Changing a user's rights ends their sessions, so what a session says of them is true. */
export interface Actor {
  readonly userId: number;
  readonly username: string;
  readonly role: UserRole;
  /** Somebody else chose the password: until it is changed nothing else is allowed. */
  readonly mustChangePassword: boolean;
  /** Set for a script that asks with an API token, which narrows what its owner may do. */
  readonly token?: TokenGrant;
}

export interface TokenGrant {
  /** A UUID. */
  readonly id: string;
  readonly scopes: readonly TokenScope[];
  /** The one mall that it reaches; null: all that its owner does. */
  readonly mallId: number | null;
}

/** How another system made digests of passwords: hex of the digest of salt followed by password. */
export interface LegacyDigest {
  readonly algorithm: 'md5' | 'sha1' | 'sha256';
  readonly salt: string;
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
  /** For work that needs a connection of its own. */
  readonly databaseAddress: DatabaseAddress;
  readonly store: ObjectStore;
  readonly spool: Spool;
  readonly prober: Prober;
  readonly placeholders: PlaceholderWorker;
  readonly sessions: SessionBackend;
  /** Messages to every instance. */
  readonly events: EventBus;
  /** What is done in the background, by any instance. */
  readonly jobs: JobQueue;
  /** Aborted when the server begins to stop: streams that have no end of their own end then. */
  readonly closing: AbortSignal;
  /** Pictures made to measure, and their cache. */
  readonly variants: Variants;
  readonly renderer: Pick<Renderer, 'render'>;
  /** The one way out, for pictures from elsewhere. */
  readonly remote: RemoteClient;
  /** How much of it users may have fetched. */
  readonly imageFetches: FetchGate;
  /** The way out with the time that large files need, for webhooks. */
  readonly webhookClient: RemoteClient;
  readonly log: Logger;
  readonly limits: Limits;
  readonly timeZone: string;
  /** After so many days a report that was made in the background is removed. */
  readonly exportDays: number;
  /** Origin in links that the server hands out, and where file URLs point; no slash at the end. */
  readonly urls: { readonly public: string; readonly files: string };
  /** Sign links; the first one signs, all verify. */
  readonly linkSecrets: readonly string[];
  /** Password hashing: few at once, a bounded number waiting. */
  readonly passwords: Limiter;
  readonly passwordLegacy: LegacyDigest | undefined;
  /** Tries that failed: by user name, by address, and of the current password at its change. */
  readonly loginLimits: Readonly<Record<'account' | 'address' | 'change', RateLimiter>>;
  readonly loginFailures: LoginFailures;
  /** Bytes of small files that may be held in memory between their arrival and their probing. */
  readonly smallFileBytes: Budget;
  /** Reports that are made for whoever waits for them. */
  readonly exportPlaces: ExportPlaces;
  /** Public files that were asked for lately. */
  readonly memory: MemoryGauge;
  readonly files: FileCache;
  readonly fileBytes: FileBytes;
  readonly readiness: Readiness;
  /** What monitoring reads; undefined: nobody does. */
  readonly metrics: Metrics | undefined;
  readonly meters: Meters;
  /** Tells a tracing system what takes how long; undefined: there is none. */
  readonly tracer: Tracer | undefined;
}

/** What every service verb gets. */
export interface Ctx extends Services {
  readonly actor: Actor | null;
  readonly requestId: string;
  /** Of the client, for limits and lists of sessions. */
  readonly address: string;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
}
