import { availableParallelism } from 'node:os';

/** Of threads that work on files; they mostly wait for a disk. */
const FILE_THREADS = 4;

/**
 * Bun has as many threads for work on files as there are cores, and reads how many when it starts: where they are few the
 * process starts anew, with its number and its arguments, and this does not return. Not if the environment has a number.
 */
export function ensureFileThreads(env: Readonly<Record<string, string | undefined>>): void {
  if (env.UV_THREADPOOL_SIZE !== undefined || availableParallelism() >= FILE_THREADS) return;
  const { execPath, execArgv, argv0, argv } = process;
  try {
    process.execve?.(execPath, [argv0, ...execArgv, ...argv.slice(1)], {
      ...env,
      UV_THREADPOOL_SIZE: String(FILE_THREADS),
    });
  } catch {
    // It may be forbidden, or Bun was replaced a moment ago. Fewer threads do as well, more slowly.
  }
}
