import { randomUUIDv7 } from 'bun';
import { AppError } from '../../../errors.ts';
import { freeBytes } from '../../../lib/free-bytes.ts';
import { checkFilename } from '../filename.ts';
import { checkSpool } from './admit-upload.ts';
import type { MallQuota } from './mall-quota.ts';
import { BrokenUploadError, type IncomingFile, type IngestCtx, type ReceivedFile } from './staged-file.ts';

const HEAD_BYTES = 4100;
/** Between two looks at the room on the disk. */
const CHECK_BYTES = 16 * 1024 * 1024;
const SMALL_FILE_BYTES = 512 * 1024;
/** One of few bytes takes 250 nevertheless: whoever sends them one by one shall not fill the memory. */
const SMALL_FILE_CHUNKS = 1024;

/**
 * Streams a file into the spool, hashing it on the way. Memory does not depend on its size.
 * @throws AppError FILE_TOO_LARGE, QUOTA_EXCEEDED, FILE_EMPTY, FILE_NAME_INVALID, STORAGE_FULL; BrokenUploadError; the
 * file system's error. Nothing of the file is left then.
 */
export async function receiveFile(
  ctx: IngestCtx,
  file: IncomingFile,
  quota?: MallQuota | undefined,
): Promise<ReceivedFile> {
  checkFilename(file.filename);
  const blobId = randomUUIDv7();
  const spoolFile = file.comesQuickly ? ctx.spool.plan(blobId) : await ctx.spool.create(blobId);
  const hash = new Bun.CryptoHasher('sha256');
  const ownsChunks = file.ownsChunks ?? false;
  const small = new SmallFile(ctx, ownsChunks);
  let head: Uint8Array | undefined;
  let size = 0;
  let nextCheck = CHECK_BYTES;

  const source = file.chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await nextChunk(source);
      if (step.done) break;
      const chunk = step.value;
      size += chunk.byteLength;
      if (size > ctx.limits.fileBytes) {
        throw new AppError('FILE_TOO_LARGE', {
          detail: {
            en: `At most ${ctx.limits.fileBytes} bytes are allowed.`,
            zh: `最多 ${ctx.limits.fileBytes} 字节`,
          },
        });
      }
      if (size >= nextCheck) {
        await checkSpool(ctx);
        nextCheck = size + CHECK_BYTES;
      }
      if (quota !== undefined && size > quota.ceiling) await quota.checkGrowth(size);
      if (size === chunk.byteLength) ctx.prober.prepare(chunk);
      hash.update(chunk);
      if (!small.add(chunk)) {
        head = extendHead(head ?? small.copyHead(), chunk);
        if (ownsChunks && !spoolFile.freesWritten) await spoolFile.write();
        small.release();
        spoolFile.freesWritten = ownsChunks;
      }
      const flushed = spoolFile.append(chunk);
      if (flushed !== undefined) await flushed;
    }
    if (size === 0) throw new AppError('FILE_EMPTY');
  } catch (error) {
    // Its last chunks may still be on their way to the disk.
    await spoolFile.remove().finally(() => small.release());
    await source.return?.().catch(() => {});
    throw error;
  }
  const bytes = small.bytes();
  return {
    blobId,
    filename: file.filename,
    uploadId: file.uploadId,
    spoolFile,
    size,
    sha256: hash.digest('hex'),
    head: bytes?.subarray(0, HEAD_BYTES) ?? head ?? new Uint8Array(),
    bytes,
    release: () => small.release(),
  };
}

async function nextChunk(source: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await source.next();
  } catch (error) {
    throw new BrokenUploadError('the request ended early', { cause: error });
  }
}

/** Copies: the memory of the chunk may be freed. */
function extendHead(head: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (head.byteLength >= HEAD_BYTES) return head;
  return Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.byteLength)]);
}

/** Keeps the bytes of a file as long as they are few, so that probing need not read them again. */
class SmallFile {
  readonly #ctx: IngestCtx;
  readonly #ownsChunks: boolean;
  #chunks: Uint8Array[] | undefined = [];
  #joined: Uint8Array | undefined;
  #size = 0;

  constructor(ctx: IngestCtx, ownsChunks: boolean) {
    this.#ctx = ctx;
    this.#ownsChunks = ownsChunks;
  }

  /** @returns whether the file is still small; if not, the chunk is not taken. */
  add(chunk: Uint8Array): boolean {
    if (!this.#chunks) return false;
    const fits =
      this.#chunks.length < SMALL_FILE_CHUNKS &&
      this.#size + chunk.byteLength <= SMALL_FILE_BYTES &&
      this.#ctx.smallFileBytes.take(chunk.byteLength);
    if (fits) {
      this.#chunks.push(chunk);
      this.#size += chunk.byteLength;
    }
    return fits;
  }

  /** The first bytes of those that it still keeps. */
  copyHead(): Uint8Array {
    return (this.#chunks ?? []).reduce(extendHead, new Uint8Array());
  }

  bytes(): Uint8Array | undefined {
    if (!this.#chunks) return undefined;
    if (this.#chunks.length === 1) return this.#chunks[0];
    this.#joined ??= Buffer.concat(this.#chunks);
    return this.#joined;
  }

  release(): void {
    this.#ctx.smallFileBytes.give(this.#size);
    if (this.#joined) freeBytes(this.#joined);
    if (this.#ownsChunks) this.#chunks?.forEach(freeBytes);
    this.#chunks = undefined;
    this.#joined = undefined;
    this.#size = 0;
  }
}
