import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** More than a timed run writes. */
const TOUCHED_BYTES = 300e6;
/** Files in memory. */
const SHARED_MEMORY = '/dev/shm';

/** Resident memory of a process now, bytes. */
export function residentBytes(pid: number): number {
  return statusField(pid, 'VmRSS');
}

/** Makes `peakBytes` count from now (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The most resident memory since `resetPeak`, bytes. */
export function peakBytes(pid: number): number {
  return statusField(pid, 'VmHWM');
}

/**
 * Lets a timed run find memory that the machine has. The host of a virtual machine takes back what is free, and what is
 * touched first then costs more than all that is measured; who comes after a process that has ended would be spared.
 */
export function touchMemory(): void {
  if (!existsSync(SHARED_MEMORY)) return;
  const path = `${SHARED_MEMORY}/stockroom-bench-${process.pid}`;
  try {
    writeFileSync(path, new Uint8Array(TOUCHED_BYTES).fill(1));
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Memory of a server and of its descendants, bytes. The server's is all that it has resident, files that it maps included.
 * The descendants' is what they have for themselves or share with each other, once, and each part of a file that any of
 * them maps, once. The kernel's own proportional share would give a part of a file to strangers that map it too, such as
 * another database on this machine.
 */
export function treeBytes(root: number): { server: number; others: number; processes: number } {
  const [, ...others] = family(root);
  const files = new Map<string, number>();
  for (const mapping of others.flatMap(fileMappings)) {
    files.set(mapping.part, Math.max(files.get(mapping.part) ?? 0, mapping.resident));
  }
  const own = others.reduce(
    (sum, pid) => sum + rollupBytes(pid, 'Pss_Anon') + rollupBytes(pid, 'Pss_Shmem'),
    0,
  );
  return {
    server: rollupBytes(root, 'Rss'),
    others: own + files.values().reduce((sum, bytes) => sum + bytes, 0),
    processes: others.length,
  };
}

interface FileMapping {
  /** Which part of which file. */
  readonly part: string;
  /** Bytes of it that are in memory and as on disk. */
  readonly resident: number;
}

function fileMappings(pid: number): FileMapping[] {
  const found: FileMapping[] = [];
  for (const mapping of readOrNothing(`/proc/${pid}/smaps`).split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, permissions, part = '', path = ''] = /^\S+ (\S+) (\S+ \S+ \S+)\s+(.*)$/m.exec(mapping) ?? [];
    // Shared memory has a name as well, but belongs to the family.
    if (!path.startsWith('/') || permissions?.endsWith('s')) continue;
    const resident = kilobytes(mapping, 'Rss') - kilobytes(mapping, 'Anonymous');
    found.push({ part, resident: resident * 1024 });
  }
  return found;
}

/** A process and all its descendants, itself first. */
export function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(Number(name)));
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function parentOf(pid: number): number {
  try {
    return statusField(pid, 'PPid', 1);
  } catch {
    // It ended meanwhile.
    return 0;
  }
}

function rollupBytes(pid: number, field: 'Rss' | 'Pss_Anon' | 'Pss_Shmem'): number {
  return kilobytes(readOrNothing(`/proc/${pid}/smaps_rollup`), field) * 1024;
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

/** '' when the process has ended. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isGone =
      error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code));
    if (isGone) return '';
    throw error;
  }
}

function statusField(pid: number, name: string, unit = 1024): number {
  const line = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`/proc/${pid}/status has no ${name}`);
  return Number(line[1]) * unit;
}
