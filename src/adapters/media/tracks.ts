import { closeSync, openSync, readSync } from 'node:fs';
import {
  ADTS,
  CustomSource,
  FLAC,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';

/** What a container says of its tracks. */
export interface TrackFacts {
  readonly hasVideo: boolean;
  /** px after rotation and pixel aspect. */
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** mediabunny's name (H.264 and H.265 by theirs), or the container's own where mediabunny has none. */
  readonly codec: string | null;
}

/** Not HLS: a playlist names other files and addresses, which a stranger's upload must never make us open. */
const formats = [MP4, QTFF, MATROSKA, WEBM, MP3, WAVE, OGG, ADTS, FLAC, MPEG_TS];

const commonNames: Readonly<Record<string, string>> = { avc: 'h264', hevc: 'h265' };

/** Bytes that one read may ask for; an index of a day of video stays below it, a made-up length does not. */
const maxReadBytes = 64 * 1024 * 1024;
/** Bytes that may be read to count a duration which no header tells. */
const maxCountedBytes = 128 * 1024 * 1024;

/**
 * Reads the tracks of a video or sound. Hostile files make it spin or throw anything, so it belongs into a worker.
 * @param size bytes of the file
 * @returns null when no track can be read
 */
export async function readTracks(path: string, size: number): Promise<TrackFacts | null> {
  const file = openSync(path, 'r');
  let readable = Number.POSITIVE_INFINITY;
  const source = new CustomSource({
    getSize: () => size,
    read: (start, end) => {
      readable -= end - start;
      if (end - start > maxReadBytes || readable < 0) throw new Error('The file asks for too many bytes');
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const count = readSync(file, bytes, filled, bytes.length - filled, start + filled);
        if (count === 0) throw new Error('The file ended early');
        filled += count;
      }
      return bytes;
    },
    prefetchProfile: 'fileSystem',
    handleUnhandledError: () => undefined,
  });
  const input = new Input({ formats, source });
  try {
    const [video] = await input.getVideoTracks();
    const [audio] = video ? [] : await input.getAudioTracks();
    const track = video ?? audio;
    if (!track) return null;
    const facts = {
      hasVideo: video !== undefined,
      width: video ? positive(await video.getDisplayWidth()) : null,
      height: video ? positive(await video.getDisplayHeight()) : null,
      codec: await codecOf(track),
    };
    const seconds = await durationOf(input, () => {
      readable = maxCountedBytes;
    });
    return { ...facts, durationMs: seconds === null ? null : positive(seconds * 1000) };
  } finally {
    input.dispose();
    closeSync(file);
  }
}

/** Seconds; null when no header tells them and the file is too long to count. `countBytes` starts the count's limit. */
async function durationOf(input: Input, countBytes: () => void): Promise<number | null> {
  const told = await input.getDurationFromMetadata();
  if (told !== null) return told;
  countBytes();
  try {
    const end = await input.computeDuration();
    // A broadcast's clock starts anywhere.
    return (await input.getFormat()) === MPEG_TS ? end - (await input.getFirstTimestamp()) : end;
  } catch {
    // The header was sound.
    return null;
  }
}

async function codecOf(track: InputVideoTrack | InputAudioTrack): Promise<string | null> {
  const codec = await track.getCodec();
  if (codec) return commonNames[codec] ?? codec;
  const internal = await track.getInternalCodecId();
  return typeof internal === 'string' && /^[\x20-\x7e]{1,64}$/.test(internal) ? internal : null;
}

/** A whole number above zero that a 32-bit column can keep, else null. */
function positive(value: number): number | null {
  const rounded = Math.round(value);
  return rounded > 0 && rounded < 2 ** 31 ? rounded : null;
}
