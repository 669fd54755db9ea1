import { open } from 'node:fs/promises';

/** `[offset, length]` in bytes: a wish for a part of a file, fulfilled with less only at the file's end. */
export type Slice = readonly [offset: number, length: number];

/** What a whole file's structure tells besides its being whole. */
export interface StructureFacts {
  /** Frames, where the structure counts them and the decoder does not (APNG). */
  readonly frames?: number;
  /** px as shown, where the structure is so plain that nobody could see another size in it (JPEG, PNG). */
  readonly size?: PixelSize;
}

/** px */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Walks a format's structure by asking for slices, so that one walk serves memory and disk. Returns null when the file
 * is cut off or its structure is broken.
 */
export type StructureWalk = (size: number) => Generator<Slice, StructureFacts | null, Uint8Array>;

/** Bytes read from disk at least: most wishes are for a few bytes close together. */
const windowBytes = 16 * 1024;
/** Steps between two looks at the event loop; together well below a millisecond. */
const stepsInOneGo = 4096;

/** Walks a file that is in memory at once. @returns undefined where others would have to wait for too long. */
export function walkShort(walk: StructureWalk, bytes: Uint8Array): StructureFacts | null | undefined {
  const steps = walk(bytes.length);
  let step = steps.next();
  for (let count = 1; !step.done; count++) {
    if (count === stepsInOneGo) return undefined;
    const [offset, length] = step.value;
    step = steps.next(bytes.subarray(offset, offset + length));
  }
  return step.value;
}

/** Walks a file that is in memory, however long that takes. */
export async function walkBytes(
  walk: StructureWalk,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<StructureFacts | null> {
  const steps = walk(bytes.length);
  let step = steps.next();
  for (let count = 1; !step.done; count++) {
    const [offset, length] = step.value;
    step = steps.next(bytes.subarray(offset, offset + length));
    if (count % stepsInOneGo === 0) {
      await pause();
      signal?.throwIfAborted();
    }
  }
  return step.value;
}

/** Walks a file on disk, holding one window of it in memory. Errors are those of the file system. */
export async function walkFile(
  walk: StructureWalk,
  path: string,
  size: number,
  signal?: AbortSignal,
): Promise<StructureFacts | null> {
  await using file = await open(path, 'r');
  let window = new Uint8Array(0);
  let start = 0;
  const steps = walk(size);
  let step = steps.next();
  for (let count = 1; !step.done; count++) {
    const [offset, length] = step.value;
    const end = Math.min(offset + length, size);
    if (offset < start || end > start + window.length) {
      signal?.throwIfAborted();
      const wanted = Math.max(0, Math.min(Math.max(length, windowBytes), size - offset));
      const { bytesRead, buffer } = await file.read(new Uint8Array(wanted), 0, wanted, offset);
      window = buffer.subarray(0, bytesRead);
      start = offset;
    } else if (count % stepsInOneGo === 0) {
      await pause();
      signal?.throwIfAborted();
    }
    step = steps.next(window.subarray(offset - start, offset - start + length));
  }
  return step.value;
}

/** Lets other requests run. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
