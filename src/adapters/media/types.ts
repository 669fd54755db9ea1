import type { Logger } from '../../lib/logger.ts';

export type MediaKind = 'IMAGE' | 'VIDEO' | 'AUDIO';

/** What the bytes of a file say about it; `null` is "unknown" or "does not apply". */
export interface MediaFacts {
  readonly kind: MediaKind;
  readonly mimeType: string;
  /** Without a dot, from the bytes: jpg, png, gif, webp, avif, heic, tif, mp4, mov, webm, mp3, wav … */
  readonly extension: string;
  /** px as shown: after orientation, rotation and pixel aspect. */
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** Of the first video track, else of the first audio track: h264, h265, vp9, aac, mp3 …; null for images. */
  readonly codec: string | null;
  /** Frames of an animation or pages of an image, at least 1; null for video and audio. */
  readonly frames: number | null;
}

/** A file on disk; the buffers spare reads, and must equal what the path holds. */
export interface MediaInput {
  readonly path: string;
  /** Resolves when the path holds the bytes, where that is not so yet; `bytes` are given then. */
  readonly written?: Promise<void>;
  /** Bytes. */
  readonly size: number;
  /** The whole file, where it is small and still in memory. */
  readonly bytes?: Uint8Array;
  /** The first bytes, 4,100 of them where the file has as many. */
  readonly head: Uint8Array;
}

export interface ProberOptions {
  /** Most pixels of one frame; ten times as many for all frames of an animation together. */
  readonly maxImagePixels: number;
  /** ms that one examination may take, 5,000 by default. */
  readonly deadlineMs?: number;
  /** Most worker threads at once, and as many child processes for pictures, 2 by default; further files wait. */
  readonly workers?: number;
  readonly log: Logger;
}

export interface Prober {
  /** Tells of a file whose first bytes are here: what will examine it starts meanwhile. @param head any number of bytes */
  prepare(head: Uint8Array): void;
  /**
   * Examines a file without decoding it.
   * @throws AppError FILE_EMPTY, FILE_TYPE_NOT_ALLOWED, IMAGE_FORMAT_UNSUPPORTED, IMAGE_TOO_LARGE, FILE_DAMAGED,
   * PROBE_TIMEOUT, or SERVICE_UNAVAILABLE once closed; the signal's reason when it aborts.
   */
  probe(input: MediaInput, signal?: AbortSignal): Promise<MediaFacts>;
  /**
   * The ThumbHash of a picture in base64, about 30 characters: orientation applied, of an animation its first frame.
   * @returns null for HEIC
   * @throws AppError FILE_DAMAGED when it does not decode, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
   */
  makePlaceholder(bytesOrPath: Uint8Array | string, signal?: AbortSignal): Promise<string | null>;
  /** Videos and sounds that are examined now, and that wait for their turn. */
  readonly load: { readonly running: number; readonly waiting: number };
  /** Ends the workers and child processes; what still waits for one fails with SERVICE_UNAVAILABLE. */
  close(): Promise<void>;
}
