import type { Database } from '../../../adapters/db/open.ts';
import { AppError } from '../../../errors.ts';

/** A file of which the bytes are known. */
export interface SizedFile {
  /** UUID. */
  readonly blobId: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** In SQL: what a killed instance reserved counts no longer than this. */
export const LEASE_END = "now() + interval '1 hour'";
/** What is reserved ahead may be so little of what the mall has left that it matters to nobody else. */
const SHARE_AHEAD = 64;

interface Row {
  /** Bytes; null: the mall has no quota any more. */
  readonly needed: string;
  readonly left: string | null;
  readonly reserved: string;
}

/**
 * Reserves room for files that the mall does not have, for all or for none of them, and more of it for those to come,
 * if plenty is left. Reservations have the ids of the files' blobs, which a killed process leaves in
 * its spool; what is reserved ahead is the first one's.
 * @param ahead bytes.
 * @returns whether there is room, and the bytes that were reserved ahead.
 * @throws AppError NOT_FOUND when the mall was deleted meanwhile.
 */
export async function reserveRoom(
  db: Database,
  mallId: number,
  files: readonly SizedFile[],
  ahead: number,
): Promise<{ readonly fits: boolean; readonly ahead: number }> {
  const rows = files.map(({ blobId, sha256, size }) => `('${blobId}'::uuid, '${sha256}', ${size}::bigint)`);
  // One message of two statements: they are one transaction, and the second sees what others committed before they let
  // go of the lock. Such a message takes no parameters; there is nothing in it that came from outside.
  // What a crash of the database loses here is missed when the rows are written: nothing waits for a disk.
  const [, [row]] = await db.$client.unsafe<[unknown[], Row[]]>(`
    select set_config('synchronous_commit', 'off', true) from malls where id = ${mallId} for no key update;
    with needed as (
      select id, size from (values ${rows.join()}) as files (id, sha256, size)
      where not exists (select from blobs where blobs.mall_id = ${mallId} and blobs.sha256 = files.sha256)
    ), room as (
      select (select coalesce(sum(size), 0) from needed)::bigint as needed, quota_bytes - used_bytes
        - (select coalesce(sum(bytes), 0) from mall_usage where mall_id = ${mallId})
        - (select coalesce(sum(bytes), 0) from quota_reservations where mall_id = ${mallId} and expires_at > now())
        - (select coalesce(sum(size), 0) from needed) as "left"
      from malls where id = ${mallId}
    ), reserved as (
      insert into quota_reservations (id, mall_id, bytes, expires_at)
      select id, ${mallId}, case
        when row_number() over () = 1 and room.left / ${SHARE_AHEAD} >= ${ahead} then size + ${ahead} else size
      end, ${LEASE_END}
      from needed, room where room.left >= 0
      returning bytes
    )
    select needed, "left", (select coalesce(sum(bytes), 0) from reserved)::bigint as reserved from room`);
  if (!row) throw new AppError('NOT_FOUND');
  const [needed, reserved] = [Number(row.needed), Number(row.reserved)];
  const fits = needed === 0 || row.left === null || Number(row.left) >= 0;
  return { fits, ahead: Math.max(0, reserved - needed) };
}
