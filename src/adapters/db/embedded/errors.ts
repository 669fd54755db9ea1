/** Another process runs on this data directory; nothing was changed. */
export class DataDirectoryInUseError extends Error {
  override readonly name = 'DataDirectoryInUseError';
  readonly directory: string;
  /** Process that uses the directory, where it is known. */
  readonly pid: number | undefined;

  constructor(directory: string, pid?: number) {
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      `The database directory ${directory} is in use by ${who}. Stop that one, or set DATA_DIR to another directory.`,
    );
    this.directory = directory;
    this.pid = pid;
  }
}

/** The embedded database cannot run here; the message says why and what to do. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}

/** The `errno` name of a failed system call, or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
