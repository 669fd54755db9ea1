import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  stat,
  statfs,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { Budget } from '../../lib/budget.ts';
import { freeBytes } from '../../lib/free-bytes.ts';
import { diskRoom } from './disk-room.ts';

/** Bytes that are gathered before they are written: few calls, yet little memory for each upload. */
const BATCH_BYTES = 256 * 1024;
/** One of few bytes takes many more than it has. */
const BATCH_CHUNKS = 1024;
/** While more than this is being written for all files, each waits for its own write before it takes more. */
const BUSY_BYTES = 16 * 1024 * 1024;

/** Bytes that are being written for all files of a spool. */
interface Traffic {
  writing: number;
}

/** Files in flight on local disk. A name that is left after a crash tells the next start what was under way. */
export class Spool {
  readonly #directory: string;
  readonly #bytes: Budget;
  readonly #traffic: Traffic = { writing: 0 };
  /** Names that this process made and has not removed. */
  readonly #inUse = new Set<string>();

  private constructor(directory: string, capacity: number) {
    this.#directory = directory;
    this.#bytes = new Budget(capacity);
  }

  /** @param capacity bytes that all files in flight may use; by default half of what is free. */
  static async open(directory: string, capacity?: number): Promise<Spool> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const disk = await statfs(directory);
    return new Spool(directory, capacity ?? Math.floor((disk.bavail * disk.bsize) / 2));
  }

  /** Bytes that all files in flight use, and may use. */
  get bytes(): { readonly used: number; readonly capacity: number } {
    return { used: this.#bytes.used, capacity: this.#bytes.total };
  }

  async create(name: string): Promise<SpoolFile> {
    const file = this.plan(name);
    try {
      await file.open();
    } catch (error) {
      this.#inUse.delete(name);
      throw error;
    }
    return file;
  }

  /** A file whose name comes with its first bytes, or with all of them where they are few and `finish` is what comes next. */
  plan(name: string): SpoolFile {
    this.#inUse.add(name);
    return new SpoolFile(this.path(name), this.#bytes, this.#traffic, () => this.#inUse.delete(name));
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Bytes that its disk has left for uploads; negative when the disk is nearly full. */
  room(): Promise<number> {
    return diskRoom(this.#directory);
  }

  /** Names that are there, of this run or an earlier one. */
  names(): Promise<string[]> {
    return readdir(this.#directory);
  }

  /** Names that are there though this process does not use them, and that were not written since. */
  async left(since: Date): Promise<string[]> {
    const left: string[] = [];
    for (const name of await this.names()) {
      if (this.#inUse.has(name)) continue;
      const facts = await stat(this.path(name)).catch(() => undefined);
      if (facts && facts.mtime < since) left.push(name);
    }
    return left;
  }

  async remove(name: string): Promise<void> {
    await unlinkIfThere(this.path(name));
  }
}

export class SpoolFile {
  readonly path: string;
  /** Called when a reader of the path finds more. */
  onWritten: (() => void) | undefined;
  /** Whether the memory of chunks is freed once they are written. */
  freesWritten = false;
  readonly #budget: Budget;
  readonly #traffic: Traffic;
  #handle: FileHandle | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #written = 0;
  #reserved = 0;
  readonly #onRemoved: () => void;
  #closed = false;

  constructor(path: string, budget: Budget, traffic: Traffic, onRemoved: () => void) {
    this.path = path;
    this.#budget = budget;
    this.#traffic = traffic;
    this.#onRemoved = onRemoved;
  }

  /** Bytes that a reader of the path finds by now. */
  get written(): number {
    return this.#written;
  }

  /**
   * Takes a chunk, which must not change afterwards. One batch is written while the next is gathered.
   * @throws AppError STORAGE_FULL when the spool's capacity is used up; the file system's error of an earlier write.
   */
  append(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#budget.take(chunk.byteLength)) {
      throw new AppError('STORAGE_FULL', { retryAfter: 30 });
    }
    this.#reserved += chunk.byteLength;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.byteLength;
    const isFull = this.#pendingBytes >= BATCH_BYTES || this.#pending.length >= BATCH_CHUNKS;
    return isFull ? this.#flush() : undefined;
  }

  /** Writes the rest: whoever reads the path then finds every byte. */
  async write(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  /** Makes its name if that is not there. */
  async open(): Promise<FileHandle> {
    this.#handle ??= await open(this.path, 'wx', 0o600);
    return this.#handle;
  }

  /** Whether its name is there, or is being made. */
  get isBegun(): boolean {
    return this.#handle !== undefined || this.#writing !== undefined;
  }

  /**
   * Writes the rest and closes; durable (but for its directory entry) when it resolves.
   * @param whole all bytes, where they are at hand in one piece.
   */
  async finish(whole?: Uint8Array): Promise<void> {
    if (!this.isBegun) {
      this.#writing = this.#writeWhole(whole);
      return await this.#writing;
    }
    await this.write();
    await this.#handle?.sync();
    await this.#close();
  }

  /** Removes the file and frees what it reserved, in any state. */
  async remove(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#close();
    await unlinkIfThere(this.path);
    this.#onRemoved();
    this.#budget.give(this.#reserved);
    this.#reserved = 0;
  }

  /** Frees its bytes, on disk and of what it reserved, but keeps its name. */
  async empty(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#close();
    await truncate(this.path);
    this.#budget.give(this.#reserved);
    this.#reserved = 0;
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#pending.length === 0) return;
    this.#writing = this.#writePending();
    // Whoever comes next sees the error; until then it must not count as unhandled.
    this.#writing.catch(() => {});
    if (this.#traffic.writing > BUSY_BYTES) await this.#writing;
  }

  /** One way to another thread and back instead of one for each call. */
  async #writeWhole(whole: Uint8Array | undefined): Promise<void> {
    const batch = this.#pending;
    const [only = new Uint8Array()] = batch;
    const bytes = batch.length > 1 ? (whole ?? Buffer.concat(batch)) : only;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#closed = true;
    this.#traffic.writing += bytes.byteLength;
    try {
      await writeFile(this.path, bytes, { flag: 'wx', mode: 0o600, flush: true });
      this.#written = bytes.byteLength;
      if (this.freesWritten) batch.forEach(freeBytes);
    } finally {
      this.#traffic.writing -= bytes.byteLength;
    }
  }

  async #writePending(): Promise<void> {
    const batch = this.#pending;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#traffic.writing += bytes;
    try {
      await writeAll(await this.open(), batch);
      this.#written += bytes;
      if (this.freesWritten) batch.forEach(freeBytes);
      this.onWritten?.();
    } finally {
      this.#traffic.writing -= bytes;
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending = [];
    await this.#handle?.close();
  }
}

/** `rm` looks at a file before it removes it: one more way to another thread and back. */
async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

async function writeAll(handle: FileHandle, chunks: Uint8Array[]): Promise<void> {
  let rest = chunks;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest);
    let written = bytesWritten;
    let index = 0;
    for (; index < rest.length; index++) {
      const length = rest[index]?.byteLength ?? 0;
      if (length > written) break;
      written -= length;
    }
    const partial = rest[index];
    rest = rest.slice(index);
    if (partial && written > 0) rest[0] = partial.subarray(written);
  }
}
