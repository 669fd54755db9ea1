import type { MediaFacts } from '../../../adapters/media/index.ts';
import type { SpoolFile } from '../../../adapters/storage/spool.ts';
import { isUuid } from '../../../lib/uuid.ts';
import type { AuditSource } from '../../audit/record-events.ts';
import type { Ctx } from '../../context.ts';

/** What taking files needs: a request's context, or what a command has opened. */
export type IngestCtx = Pick<
  Ctx,
  'db' | 'events' | 'limits' | 'log' | 'meters' | 'prober' | 'signal' | 'smallFileBytes' | 'spool' | 'store'
> &
  Partial<Pick<Ctx, 'files'>> & { readonly placeholders: { wake(): void } } & AuditSource;

/** A file as a transport hands it in. */
export interface IncomingFile {
  /** As the client sent it; data, never part of a path. */
  readonly filename: string;
  /** The bytes, once. An error means that the request is broken. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** UUID: what the actor has uploaded to this place under it is the outcome, and the file is not kept again. */
  readonly uploadId?: string | undefined;
  /** The chunks are nobody else's: their memory is freed as soon as it is not needed any more. */
  readonly ownsChunks?: boolean;
  /** Nothing of it is written before all is here, if it is small: it will not be long. */
  readonly comesQuickly?: boolean;
}

/** A file whose bytes have arrived. */
export interface ReceivedFile {
  readonly blobId: string;
  readonly filename: string;
  readonly uploadId?: string | undefined;
  readonly spoolFile: SpoolFile;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** The first 4,100 bytes, or all; a part of `bytes` where there are such. */
  readonly head: Uint8Array;
  /** All bytes, if they are few and there was room to hold them. */
  readonly bytes: Uint8Array | undefined;
  /** Ends the use of `bytes` and `head`, whose memory is freed. */
  release(): void;
}

/** A file that was examined and stands in the store, but has no row yet. */
export interface StagedFile {
  readonly blobId: string;
  readonly filename: string;
  readonly uploadId?: string | undefined;
  readonly spoolFile: SpoolFile;
  readonly size: number;
  readonly sha256: string;
  readonly facts: MediaFacts;
}

/** The client has left or its body is malformed: nothing of the request can be kept. */
export class BrokenUploadError extends Error {
  override readonly name = 'BrokenUploadError';
}

/** Key of a blob in the object store. The first digits of a UUIDv7 are its time, so a folder takes about three days. */
export function storageKeyOf(blobId: string): string {
  return `${blobId.slice(0, 5)}/${blobId}`;
}

/** Whether it is a key that `storageKeyOf` makes: others have put other things into the store. */
export function isStorageKey(key: string): boolean {
  const blobId = key.slice(key.indexOf('/') + 1);
  return isUuid(blobId) && key === storageKeyOf(blobId.toLowerCase());
}
