import { makeZip, predictLength } from 'client-zip';
import type { FileBytes, OpenedFile } from '../../services/material/file-bytes.ts';
import type { ArchiveFile } from '../../services/material/list-for-archive.ts';

/** Read at once. Each piece is opened for itself, so that a slow client keeps nothing open in the store. */
const PIECE_BYTES = 512 * 1024;

export interface ZipEntry {
  readonly file: Pick<ArchiveFile, 'storageKey' | 'size'>;
  readonly name: string;
  /** Its clock shows what the archive says, which has no time zone. */
  readonly modified: Date;
}

interface ZipOptions {
  readonly bytes: FileBytes;
  /** The first entry's file. */
  readonly first: OpenedFile;
  /** Called before each piece is read. */
  readonly onPiece: () => void;
}

/** Of the whole archive, bytes. */
export function zipLength(entries: readonly ZipEntry[]): bigint {
  return predictLength(entries.map(({ file, name }) => ({ name, size: file.size })));
}

/**
 * A ZIP whose entries are stored as they are (APPNOTE 6.3, with ZIP64 where it is needed), read as the client takes
 * it. It fails when the bytes of a file are missing or cut.
 */
export function zipStream(entries: readonly ZipEntry[], options: ZipOptions): ReadableStream<Uint8Array> {
  const stopped = new AbortController();
  const { signal } = stopped;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= makeZip(inputs(entries, options, signal)).getReader();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        stopped.abort();
        // It ends with what the abort made it end with.
        await reader?.cancel().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

async function* inputs(
  entries: readonly ZipEntry[],
  { bytes, first, onPiece }: ZipOptions,
  signal: AbortSignal,
) {
  for (const [i, { file, name, modified }] of entries.entries()) {
    signal.throwIfAborted();
    const opened = i === 0 ? first : await bytes.open(file);
    const input = pieces(opened, file.size, onPiece, signal);
    yield { name, lastModified: modified, size: file.size, input };
  }
}

async function* pieces(opened: OpenedFile, size: number, onPiece: () => void, signal: AbortSignal) {
  for (let at = 0; at < size; at += PIECE_BYTES) {
    signal.throwIfAborted();
    onPiece();
    const end = Math.min(at + PIECE_BYTES, size);
    const piece = await opened.slice(at, end).bytes();
    if (piece.byteLength !== end - at) throw new Error('stored bytes were cut while they were sent');
    yield piece;
  }
}
