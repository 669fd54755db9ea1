import { randomBytes } from 'node:crypto';
import { and, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { sessions, users } from '../../adapters/db/schema.ts';
import type { Actor } from '../context.ts';

const ID_BYTES = 24;

/** @returns the new session's id, for the cookie; only its hash is kept. */
export function beginSession(db: Database, userId: number, ttlSeconds: number): string {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const now = Date.now();
  db.delete(sessions)
    .where(lte(sessions.expiresAt, new Date(now)))
    .run();
  db.insert(sessions)
    .values({ idHash: hashOf(id), userId, expiresAt: new Date(now + ttlSeconds * 1000) })
    .run();
  return id;
}

/** Who has the session of this id; null: nobody, or not any more. */
export function readSession(db: Database, id: string): Actor | null {
  const user = db
    .select({ userId: users.id, username: users.username })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.idHash, hashOf(id)), gt(sessions.expiresAt, new Date())))
    .get();
  return user ?? null;
}

export function endSession(db: Database, id: string): void {
  db.delete(sessions)
    .where(eq(sessions.idHash, hashOf(id)))
    .run();
}

function hashOf(id: string): string {
  return new Bun.CryptoHasher('sha256').update(id).digest('hex');
}
