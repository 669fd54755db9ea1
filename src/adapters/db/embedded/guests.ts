import { connectForLock, type DatabaseAddress } from '../open.ts';

/** Of an advisory lock that guests share, and that the owner takes alone before it ends the database. */
const GUEST_LOCK = 7_305_003;

/**
 * Keeps a command that owns the embedded database from ending it under this process, until `leave` or until this
 * process ends. @returns undefined when the owner is about to end it.
 */
export async function enterAsGuest(
  address: DatabaseAddress,
): Promise<{ leave(): Promise<void> } | undefined> {
  const sql = connectForLock(address);
  const leave = () => sql.end({ timeout: 1 });
  try {
    const [row] = await sql<
      { entered: boolean }[]
    >`select pg_try_advisory_lock_shared(${GUEST_LOCK}::bigint) as entered`;
    if (row?.entered) return { leave };
  } catch (error) {
    await leave();
    throw error;
  }
  await leave();
  return undefined;
}

/** Waits until every guest has left. From then on, until the database ends, nobody enters. */
export async function outlastGuests(address: DatabaseAddress): Promise<void> {
  // Its connection, and so the lock, lasts until the database ends.
  await connectForLock(address)`select pg_advisory_lock(${GUEST_LOCK}::bigint)`;
}
