import { ArchiveError, encodeHeaders, paddingOf, RECORD, type TarEntry } from './tar.ts';

/** The last entry: how many came before it, and a checksum of what their headers tell. */
export const END = 'end.json';

/** Where an archive goes; each call is over when the bytes have been taken. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Writes a tar archive entry by entry, so that no more than one piece is in memory. */
export class ArchiveWriter {
  readonly #sink: Sink;
  readonly #seconds = Math.floor(Date.now() / 1000);
  readonly #digest = new Bun.CryptoHasher('sha256');
  #entries = 0;
  /** Written so far, headers too. */
  bytes = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** An entry that is in memory. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    await this.#begin({ name, size: bytes.length, sha256 });
    await this.#write(bytes);
    await this.#write(Buffer.alloc(paddingOf(bytes.length)));
  }

  /** An entry whose size and checksum are known. @throws ArchiveError when its bytes are others; the archive is void then. */
  async addStream(entry: TarEntry, stream: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#begin(entry);
    const hash = new Bun.CryptoHasher('sha256');
    let size = 0;
    for await (const bytes of stream) {
      size += bytes.length;
      if (size > entry.size) break;
      hash.update(bytes);
      await this.#write(bytes);
    }
    if (size !== entry.size || hash.digest('hex') !== entry.sha256) {
      throw new ArchiveError(`${entry.name} is not as it came`);
    }
    await this.#write(Buffer.alloc(paddingOf(size)));
  }

  async end(): Promise<void> {
    const end = { entries: this.#entries, digest: this.#digest.digest('hex') };
    await this.add(END, Buffer.from(JSON.stringify(end)));
    await this.#write(Buffer.alloc(2 * RECORD));
  }

  async #begin(entry: TarEntry): Promise<void> {
    if (entry.name !== END) {
      this.#entries++;
      this.#digest.update(entryLine(entry));
    }
    await this.#write(encodeHeaders(entry, this.#seconds));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#sink.write(bytes);
    this.bytes += bytes.length;
  }
}

/** What the checksum of the whole covers of each entry. */
export function entryLine({ name, size, sha256 }: TarEntry): string {
  return `${sha256} ${size} ${name}\n`;
}
