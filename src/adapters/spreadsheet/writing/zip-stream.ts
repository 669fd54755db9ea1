import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

/** Takes bytes; what it returns is waited for before the next ones are handed over. */
export type Sink = (chunk: Uint8Array) => Promise<void> | void;

interface Entry {
  readonly name: Uint8Array;
  readonly offset: number;
  crc: number;
  compressed: number;
  size: number;
}

export interface ZipOptions {
  /** The time that entries carry, on a clock in UTC. */
  readonly modified: Date;
  /** Pieces that are compressed at once, each on a thread of the runtime's pool. */
  readonly threads: number;
}

const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;
const DEFLATE = 8;
/** What a piece becomes at the most, usually: more costs another turn of the thread pool. */
const OUTPUT_BYTES = 64 * 1024;
const STREAMED_UTF8 = 0x0808;
const VERSION = 20;
const VERSION_64 = 45;

const compress = promisify<Uint8Array, object, Uint8Array>(deflateRaw);

/**
 * Writes a ZIP archive (APPNOTE 6.3) as its bytes come. Pieces are compressed by themselves and at once, as pigz does:
 * each ends on a byte, so that they make one deflate stream when put together. The sink gets them in order.
 */
export class ZipStream {
  readonly #sink: Sink;
  readonly #threads: number;
  readonly #time: number;
  readonly #date: number;
  readonly #entries: Entry[] = [];
  /** Compressions that run, oldest first. */
  readonly #running: Promise<Uint8Array>[] = [];
  #entry: Entry | undefined;
  #offset = 0;

  constructor(sink: Sink, { modified, threads }: ZipOptions) {
    this.#sink = sink;
    this.#threads = threads;
    const year = Math.min(Math.max(modified.getUTCFullYear(), 1980), 2107);
    this.#date = ((year - 1980) << 9) | ((modified.getUTCMonth() + 1) << 5) | modified.getUTCDate();
    this.#time =
      (modified.getUTCHours() << 11) | (modified.getUTCMinutes() << 5) | (modified.getUTCSeconds() >> 1);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#offset;
  }

  async begin(name: string): Promise<void> {
    const bytes = new TextEncoder().encode(name);
    this.#entry = { name: bytes, offset: this.#offset, crc: 0, compressed: 0, size: 0 };
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(VERSION, 4);
    this.#writeKind(header, 6);
    header.writeUInt16LE(bytes.byteLength, 26);
    await this.#emit(Buffer.concat([header, bytes]));
  }

  /** Adds to the entry begun last. `bytes` are the stream's until it calls `free`. */
  async write(bytes: Uint8Array, free?: (bytes: Uint8Array) => void): Promise<void> {
    const entry = this.#open();
    if (bytes.byteLength === 0) return;
    entry.crc = crc32(bytes, entry.crc);
    entry.size += bytes.byteLength;
    const piece = compress(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: OUTPUT_BYTES });
    // It is awaited in its turn; until then its failure is nobody's.
    piece.then(
      () => free?.(bytes),
      () => {},
    );
    this.#running.push(piece);
    while (this.#running.length > this.#threads) await this.#emitOldest(entry);
  }

  async end(): Promise<void> {
    const entry = this.#open();
    while (this.#running.length > 0) await this.#emitOldest(entry);
    // An empty last block of fixed codes.
    const last = Uint8Array.of(0x03, 0x00);
    entry.compressed += last.byteLength;
    await this.#emit(last);
    await this.#emit(dataDescriptor(entry));
    this.#entries.push(entry);
    this.#entry = undefined;
  }

  /** A small entry as a whole. */
  async add(name: string, content: string | Uint8Array): Promise<void> {
    await this.begin(name);
    await this.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    await this.end();
  }

  /** Writes the directory. */
  async finish(): Promise<void> {
    const start = this.#offset;
    for (const entry of this.#entries) await this.#emit(this.#directoryRecord(entry));
    await this.#emit(endOfDirectory(this.#entries.length, start, this.#offset - start));
  }

  #open(): Entry {
    if (!this.#entry) throw new Error('no entry was begun');
    return this.#entry;
  }

  async #emitOldest(entry: Entry): Promise<void> {
    const piece = await this.#running.shift();
    if (!piece) return;
    entry.compressed += piece.byteLength;
    await this.#emit(piece);
  }

  async #emit(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.byteLength;
    await this.#sink(bytes);
  }

  #writeKind(header: Buffer, at: number): void {
    header.writeUInt16LE(STREAMED_UTF8, at);
    header.writeUInt16LE(DEFLATE, at + 2);
    header.writeUInt16LE(this.#time, at + 4);
    header.writeUInt16LE(this.#date, at + 6);
  }

  #directoryRecord(entry: Entry): Uint8Array {
    const { name, offset, crc, compressed, size } = entry;
    const extra = largeFields([size, compressed, offset]);
    const header = Buffer.alloc(46);
    const version = extra.byteLength > 0 ? VERSION_64 : VERSION;
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(version, 4);
    header.writeUInt16LE(version, 6);
    this.#writeKind(header, 8);
    header.writeUInt32LE(crc, 16);
    header.writeUInt32LE(Math.min(compressed, MAX_32), 20);
    header.writeUInt32LE(Math.min(size, MAX_32), 24);
    header.writeUInt16LE(name.byteLength, 28);
    header.writeUInt16LE(extra.byteLength, 30);
    header.writeUInt32LE(Math.min(offset, MAX_32), 42);
    return Buffer.concat([header, name, extra]);
  }
}

/**
 * Follows an entry's bytes (section 4.3.9). Sizes take 64 bits only where they must: some readers refuse entries that announce
 * them needlessly, and readers take them from the directory.
 */
export function dataDescriptor({ crc, compressed, size }: Pick<Entry, 'crc' | 'compressed' | 'size'>) {
  const isLarge = compressed >= MAX_32 || size >= MAX_32;
  const record = Buffer.alloc(isLarge ? 24 : 16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(crc, 4);
  if (isLarge) {
    record.writeBigUInt64LE(BigInt(compressed), 8);
    record.writeBigUInt64LE(BigInt(size), 16);
  } else {
    record.writeUInt32LE(compressed, 8);
    record.writeUInt32LE(size, 12);
  }
  return record;
}

/** The extra field that has those of the values, in this order, that 32 bits cannot hold (section 4.5.3). */
export function largeFields(values: readonly number[]): Uint8Array {
  const large = values.filter((value) => value >= MAX_32);
  if (large.length === 0) return new Uint8Array();
  const field = Buffer.alloc(4 + large.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(large.length * 8, 2);
  for (const [index, value] of large.entries()) field.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return field;
}

/** Sections 4.3.14 to 4.3.16; those of 64 bits where a value needs them. */
export function endOfDirectory(count: number, start: number, length: number): Uint8Array {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(length, MAX_32), 12);
  end.writeUInt32LE(Math.min(start, MAX_32), 16);
  if (count < MAX_16 && start < MAX_32 && length < MAX_32) return end;
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(VERSION_64, 12);
  end64.writeUInt16LE(VERSION_64, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(length), 40);
  end64.writeBigUInt64LE(BigInt(start), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(start + length), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}
