/** What a session keeps: who logged in. */
export interface SessionContent {
  readonly userId: number;
  readonly username: string;
  readonly role: 'ADMIN' | 'MEMBER';
}

/** Where sessions are kept, by the hash of their id. */
export interface SessionBackend {
  /** The content of a session that has not ended; being asked for keeps it alive. */
  read(idHash: string): Promise<SessionContent | undefined>;
  create(idHash: string, content: SessionContent): Promise<void>;
  remove(idHash: string): Promise<void>;
  /** Removes what has ended. */
  sweep(): Promise<void>;
}
