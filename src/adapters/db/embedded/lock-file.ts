import { dlopen } from 'bun:ffi';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DataDirectoryInUseError } from './errors.ts';
import { commandOf } from './processes.ts';

/** flock(2). */
const LOCK_EXCLUSIVE = 2;
const LOCK_NON_BLOCKING = 4;

/** ms; the holder writes its number right after it has the lock. */
const HOLDER_PATIENCE = 200;

export interface DirectoryLock {
  /** What the holder before this one asked to `remember`. */
  readonly remembered: string | undefined;
  /** Leaves one line for the next holder. */
  remember(line: string): void;
  release(): Promise<void>;
}

/**
 * Locks `<directory>.lock` for this process; the kernel unlocks it when the process ends, however it ends. Unlike a lock
 * in the database it also covers the time before there is one, and containers that share a volume but cannot see each
 * other's processes, which PostgreSQL's own check needs.
 * @throws DataDirectoryInUseError
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = `${directory}.lock`;
  // A plain number: a FileHandle that nobody refers to may be closed by the garbage collector, and the lock with it.
  const file = openSync(path, 'a+', 0o600);
  if (!lockFile(file)) {
    closeSync(file);
    throw new DataDirectoryInUseError(directory, await holderOf(path));
  }
  const remembered = readFileSync(path, 'utf8').split('\n')[1] || undefined;
  const write = (text: string) => {
    ftruncateSync(file, 0);
    writeSync(file, text);
  };
  write(`${process.pid}\n${remembered ?? ''}\n`);
  let open = true;
  return {
    remembered,
    remember: (line) => write(`${process.pid}\n${line}\n`),
    async release() {
      // The file stays: removing it would let two processes lock two files of one name.
      if (open) closeSync(file);
      open = false;
    },
  };
}

async function holderOf(path: string): Promise<number | undefined> {
  for (const deadline = performance.now() + HOLDER_PATIENCE; performance.now() < deadline; await pause(10)) {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    if (pid > 0 && commandOf(pid) !== undefined) return pid;
  }
  return undefined;
}

function lockFile(file: number): boolean {
  const library = dlopen(process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6', {
    flock: { args: ['i32', 'i32'], returns: 'i32' },
  });
  try {
    return library.symbols.flock(file, LOCK_EXCLUSIVE | LOCK_NON_BLOCKING) === 0;
  } finally {
    library.close();
  }
}
