import type { SQL } from 'drizzle-orm';

/** What a session keeps. It never changes under its id: other rights mean another session. */
export interface SessionContent {
  readonly userId: number;
  readonly username: string;
  readonly role: 'ADMIN' | 'MEMBER';
  readonly mustChangePassword: boolean;
  /** Of the login, ms since 1970. */
  readonly createdAt: number;
  /** The browser and the address that logged in. */
  readonly agent: string;
  readonly address: string;
}

/** A session as its user sees it. */
export interface SessionSummary {
  readonly idHash: string;
  readonly createdAt: Date;
  /** To within a minute. */
  readonly lastSeenAt: Date;
  readonly agent: string;
  readonly address: string;
}

export interface SessionLifetime {
  /** Seconds without a request after which a session ends. */
  readonly ttlSeconds: number;
  /** Seconds after the login at which a session ends in any case. */
  readonly maxSeconds: number;
}

/** The transaction of which the end of sessions is a part, for a backend that can take part in it. */
export interface Transaction {
  execute(statement: SQL): Promise<unknown>;
}

/** Where sessions are kept, by the hash of their id. */
export interface SessionBackend {
  /** The content of a session that has not ended; being asked for keeps it alive. */
  read(idHash: string): Promise<SessionContent | undefined>;
  /** Whether a session has not ended, without keeping it alive. */
  isAlive(idHash: string): Promise<boolean>;
  create(idHash: string, content: SessionContent): Promise<void>;
  remove(idHash: string, transaction?: Transaction): Promise<void>;
  /** The sessions of a user that have not ended, newest first. */
  list(userId: number): Promise<SessionSummary[]>;
  /** Ends all sessions of a user. */
  removeAll(userId: number, transaction?: Transaction): Promise<void>;
  /** Removes what has ended. */
  sweep(): Promise<void>;
}
