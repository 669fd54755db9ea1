import { fstatSync, type Stats, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dayIn } from '../../lib/dates.ts';
import type { LineTarget } from './line-queue.ts';
import { removeOldest, rotatedName } from './rotated-files.ts';

export interface LogFileOptions {
  /** Its directory is made. */
  readonly path: string;
  /** A file that would grow beyond it is put aside. */
  readonly maxBytes: number;
  /** Number of files that were put aside. */
  readonly keep: number;
  /** IANA time zone of the days. */
  readonly timeZone: string;
  readonly onRotationFailed?: (error: unknown) => void;
  /** Replaces the clock, for tests: ms since 1970. */
  readonly now?: () => number;
}

/** How often to look whether the file is still the one of its name, ms. */
const LOOK_MS = 1000;
const MINUTE_MS = 60_000;
/** At the end of the process a write that is under way may take so long, ms. */
const LANDING_MS = 300;

/**
 * A log's file, rotated by size and day. Whatever else moves or removes it, the next lines go to a new one of its name:
 * after `reopen` at once, else within a second.
 */
export class LogFile implements LineTarget, AsyncDisposable {
  readonly #options: LogFileOptions;
  readonly #now: () => number;
  #handle: FileHandle;
  #inode: number;
  #size: number;
  #day: string;
  #minute = 0;
  #today: string;
  #nextLook: number;
  /** Bytes of the write that is under way. */
  #inFlight = 0;
  #endsWithinLine = false;
  /** A rotation that failed is tried again then. */
  #nextRotation = 0;

  private constructor(options: LogFileOptions, handle: FileHandle, facts: Stats) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#handle = handle;
    this.#inode = facts.ino;
    this.#size = facts.size;
    this.#today = dayIn(options.timeZone, new Date(this.#now()));
    // Lines of an earlier run belong to the day on which the last of them was written.
    this.#day = facts.size > 0 ? dayIn(options.timeZone, facts.mtime) : this.#today;
    this.#nextLook = this.#now() + LOOK_MS;
  }

  /** @throws the file system's error when the file cannot be made or written. */
  static async open(options: LogFileOptions): Promise<LogFile> {
    const { handle, facts } = await openForLines(options.path);
    return new LogFile(options, handle, facts);
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#now() >= this.#nextLook) await this.#followName();
    const today = this.#dayNow();
    if (this.#isDue(bytes.byteLength, today)) await this.#rotate();
    if (this.#size === 0) this.#day = today;
    this.#inFlight = bytes.byteLength;
    try {
      const { bytesWritten } = await this.#handle.write(bytes);
      this.#size += bytesWritten;
      this.#endsWithinLine = bytesWritten < bytes.byteLength;
      return bytesWritten;
    } finally {
      this.#inFlight = 0;
    }
  }

  writeSync(bytes: Uint8Array): number {
    return writeSync(this.#handle.fd, bytes);
  }

  landed(): number {
    const deadline = performance.now() + LANDING_MS;
    for (;;) {
      const landed = Math.min(this.#inFlight, Math.max(0, fstatSync(this.#handle.fd).size - this.#size));
      if (landed === this.#inFlight || performance.now() > deadline) return landed;
      Bun.sleepSync(1);
    }
  }

  /** The next lines go to whatever has the file's name then. */
  reopen(): void {
    this.#nextLook = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #followName(): Promise<void> {
    const facts = await stat(this.#options.path).catch(() => undefined);
    if (facts?.ino === this.#inode) this.#size = facts.size;
    else await this.#openNew();
    this.#nextLook = this.#now() + LOOK_MS;
  }

  #isDue(bytes: number, today: string): boolean {
    if (this.#size === 0 || this.#endsWithinLine || this.#now() < this.#nextRotation) return false;
    return today !== this.#day || this.#size + bytes > this.#options.maxBytes;
  }

  /** Where it fails, the file goes on growing: lines matter more than its size. */
  async #rotate(): Promise<void> {
    const { path, keep, onRotationFailed } = this.#options;
    try {
      await rename(path, await rotatedName(path, this.#day)).catch((error: unknown) => {
        // Somebody else has moved it away meanwhile.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
      await this.#openNew();
      await removeOldest(path, keep);
    } catch (error) {
      this.#nextRotation = this.#now() + MINUTE_MS;
      onRotationFailed?.(error);
    }
  }

  async #openNew(): Promise<void> {
    const { handle, facts } = await openForLines(this.#options.path);
    const old = this.#handle;
    this.#handle = handle;
    this.#inode = facts.ino;
    this.#size = facts.size;
    await old.close();
  }

  /** Days begin with a minute in every time zone. */
  #dayNow(): string {
    const now = this.#now();
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#today = dayIn(this.#options.timeZone, new Date(now));
    this.#minute = minute;
    return this.#today;
  }
}

async function openForLines(path: string): Promise<{ handle: FileHandle; facts: Stats }> {
  await mkdir(dirname(path), { recursive: true });
  // Opening a pipe would wait for its reader.
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile()) throw new Error('there is something else than a file');
  const handle = await open(path, 'a', 0o640);
  try {
    return { handle, facts: await handle.stat() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
