import { type FileHandle, open } from 'node:fs/promises';
import { ArchiveError, decodeHeader, decodeRecords, paddingOf, RECORD, type TarEntry } from './tar.ts';
import { END, entryLine } from './write-archive.ts';

const PIECE_BYTES = 1024 * 1024;
/** No extended header and no last entry is longer. */
const MAX_SMALL_BYTES = 4096;

export interface ReadEntry extends TarEntry {
  /** Its bytes, which must be taken before the next entry is. It fails with ArchiveError when they are others. */
  stream(): AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Reads an archive that `ArchiveWriter` wrote, and nothing else: it ends without an error only when the whole archive
 * is there as it was written.
 * @throws the file system's error; ArchiveError
 */
export async function* readArchive(path: string): AsyncGenerator<ReadEntry, void, void> {
  const handle = await open(path, 'r');
  try {
    const input = new Input(handle, (await handle.stat()).size);
    const digest = new Bun.CryptoHasher('sha256');
    for (let entries = 0; ; entries++) {
      const entry = await readEntry(input);
      if (entry.name === END) {
        const told = await input.small(entry);
        if (told !== JSON.stringify({ entries, digest: digest.digest('hex') })) {
          throw new ArchiveError('the archive is damaged: its entries are not those that were written');
        }
        await input.zeros(2 * RECORD);
        if (input.left > 0) throw new ArchiveError('the archive goes on after its end');
        return;
      }
      digest.update(entryLine(entry));
      let isTaken = false;
      yield {
        ...entry,
        stream: () => {
          isTaken = true;
          return input.content(entry);
        },
      };
      if (!isTaken) for await (const _ of input.content(entry));
    }
  } finally {
    await handle.close();
  }
}

async function readEntry(input: Input): Promise<TarEntry> {
  const extended = decodeHeader(await input.exactly(RECORD));
  if (extended.type !== 'x' || extended.size > MAX_SMALL_BYTES) {
    throw new ArchiveError('the archive was not made by stockroom backup');
  }
  const records = decodeRecords(await input.exactly(extended.size));
  await input.zeros(paddingOf(extended.size));
  const { name, size, type } = decodeHeader(await input.exactly(RECORD));
  if (type !== '0') throw new ArchiveError('the archive has entries that are no files');
  const entry = { name, size: records.size ?? size, sha256: records.sha256 };
  if (entry.size > input.left) throw new ArchiveError('the archive is cut');
  return entry;
}

class Input {
  readonly #handle: FileHandle;
  /** Bytes after those that were taken. */
  left: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.left = size;
  }

  async exactly(size: number): Promise<Buffer> {
    if (size > this.left) throw new ArchiveError('the archive is cut');
    const bytes = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size; ) {
      const { bytesRead } = await this.#handle.read(bytes, filled, size - filled);
      if (bytesRead === 0) throw new ArchiveError('the archive is cut');
      filled += bytesRead;
    }
    this.left -= size;
    return bytes;
  }

  async zeros(size: number): Promise<void> {
    if ((await this.exactly(size)).some((byte) => byte !== 0)) {
      throw new ArchiveError('the archive is damaged between its entries');
    }
  }

  async *content({ name, size, sha256 }: TarEntry): AsyncGenerator<Uint8Array, void, void> {
    const hash = new Bun.CryptoHasher('sha256');
    for (let left = size; left > 0; ) {
      const bytes = await this.exactly(Math.min(PIECE_BYTES, left));
      left -= bytes.length;
      hash.update(bytes);
      yield bytes;
    }
    if (hash.digest('hex') !== sha256) throw new ArchiveError(`the archive is damaged: ${shown(name)}`);
    await this.zeros(paddingOf(size));
  }

  async small(entry: TarEntry): Promise<string> {
    if (entry.size > MAX_SMALL_BYTES) throw new ArchiveError('the archive was not made by stockroom backup');
    const pieces: Uint8Array[] = [];
    for await (const bytes of this.content(entry)) pieces.push(bytes);
    return Buffer.concat(pieces).toString();
  }
}

/** Names of an archive go to a terminal. */
function shown(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}
