import { statfs } from 'node:fs/promises';

const MIB = 1024 * 1024;
/** Kept free for what else is written there, the database above all. */
const RESERVE_BYTES = 256 * MIB;
/** On small disks it is this part of them. */
const RESERVE_FRACTION = 0.02;

/** Bytes that uploads may still take of a directory's disk; negative when its reserve has begun. */
export async function diskRoom(directory: string): Promise<number> {
  const disk = await statfs(directory);
  const reserve = Math.min(RESERVE_BYTES, disk.blocks * disk.bsize * RESERVE_FRACTION);
  return disk.bavail * disk.bsize - reserve;
}
