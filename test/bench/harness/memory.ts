import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

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
 * Memory of a server and of its descendants, bytes. The descendants' is their proportional share: what several of them map
 * counts once. The server's is all that it has resident, since this program runs on the same binary, and what the two
 * of them map would count half.
 */
export function treeBytes(root: number): { server: number; others: number; processes: number } {
  const [, ...others] = family(root);
  return {
    server: rollupBytes(root, 'Rss'),
    others: others.reduce((sum, pid) => sum + rollupBytes(pid, 'Pss'), 0),
    processes: others.length,
  };
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

function rollupBytes(pid: number, field: 'Rss' | 'Pss'): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(rollup);
    return Number(line?.[1] ?? 0) * 1024;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code)))
      return 0;
    throw error;
  }
}

function statusField(pid: number, name: string, unit = 1024): number {
  const line = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`/proc/${pid}/status has no ${name}`);
  return Number(line[1]) * unit;
}
