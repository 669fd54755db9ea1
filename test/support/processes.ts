import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of a process; `/proc` is nowhere else. */
export const hasProc = process.platform === 'linux';

/** Number of open file descriptors. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The limit (RLIMIT_NOFILE is one above the largest number) with which a process can open just `spare` files more. */
export function fileLimit(pid: number, spare: number): number {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; used.has(limit) || free < spare; limit++) if (!used.has(limit)) free++;
  return limit;
}

/** Memory in use, bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** Whether the server's side of a connection on the loopback is established. Linux only. */
export function isConnected(serverPort: number, clientPort: number): boolean {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const side = new RegExp(`:${hex(serverPort)} [\\dA-F]+:${hex(clientPort)} 01 `);
  return side.test(readFileSync('/proc/net/tcp', 'utf8'));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended; only its parent has not asked yet.
    return !/^State:\s+Z/m.test(hasProc ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
  } catch {
    return false;
  }
}

/** Process number of the embedded database in a data directory. */
export function embeddedDatabasePid(dataDir: string): number {
  return Number.parseInt(readFileSync(`${dataDir}/db/postmaster.pid`, 'utf8'), 10);
}

/** A process and all that it started, itself first. */
export function descendants(root: number): number[] {
  const children = (pid: number) =>
    readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  const found = [root];
  for (const pid of found) found.push(...children(pid));
  return found;
}

/** Process numbers of the children whose command line has the text in it. */
export function childrenOf(pid: number, text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        return Number(parent) === pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);
}
