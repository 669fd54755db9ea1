import { AppError } from '../../errors.ts';
import type { SniffedType } from './sniff.ts';
import { walkBytes, walkFile, walkIsoMovie } from './structure/index.ts';
import type { TrackFacts } from './tracks.ts';
import type { MediaFacts, MediaInput, MediaKind } from './types.ts';
import type { WorkerPool } from './worker-pool.ts';

type Format = Pick<MediaFacts, 'mimeType' | 'extension'>;

/** A container whose tracks can be read, by what is in it. */
interface Container {
  readonly video: Format;
  readonly audio: Format;
  readonly isIso?: boolean;
  /** Tracks of codecs that cannot be read are usual in it, so that failing to read says nothing. */
  readonly mayBeForeign?: boolean;
}

const ogg = {
  video: { mimeType: 'video/ogg', extension: 'ogv' },
  audio: { mimeType: 'audio/ogg', extension: 'ogg' },
};
/** MPEG-2 video in it cannot be seen, so a stream without a known video track is no sound for sure. */
const stream: Container = {
  video: { mimeType: 'video/mp2t', extension: 'ts' },
  audio: { mimeType: 'video/mp2t', extension: 'ts' },
  mayBeForeign: true,
};
const mp4: Container = {
  video: { mimeType: 'video/mp4', extension: 'mp4' },
  audio: { mimeType: 'audio/mp4', extension: 'm4a' },
  isIso: true,
};

/** By the detector's extension. */
const containers: Readonly<Record<string, Container>> = {
  mp4,
  m4v: mp4,
  m4a: mp4,
  m4b: mp4,
  m4p: mp4,
  f4v: mp4,
  f4a: mp4,
  f4b: mp4,
  f4p: mp4,
  mov: { ...mp4, video: { mimeType: 'video/quicktime', extension: 'mov' } },
  '3gp': {
    video: { mimeType: 'video/3gpp', extension: '3gp' },
    audio: { mimeType: 'audio/3gpp', extension: '3gp' },
    isIso: true,
  },
  '3g2': {
    video: { mimeType: 'video/3gpp2', extension: '3g2' },
    audio: { mimeType: 'audio/3gpp2', extension: '3g2' },
    isIso: true,
  },
  webm: {
    video: { mimeType: 'video/webm', extension: 'webm' },
    audio: { mimeType: 'audio/webm', extension: 'webm' },
  },
  mkv: {
    video: { mimeType: 'video/matroska', extension: 'mkv' },
    audio: { mimeType: 'audio/matroska', extension: 'mka' },
  },
  ts: stream,
  mts: stream,
  ogg,
  opus: ogg,
  ogv: { ...ogg, audio: ogg.video, mayBeForeign: true },
  ogm: { ...ogg, audio: ogg.video, mayBeForeign: true },
  oga: { ...ogg, mayBeForeign: true },
  spx: { ...ogg, mayBeForeign: true },
  mp3: sound('audio/mpeg', 'mp3'),
  aac: sound('audio/aac', 'aac'),
  flac: sound('audio/flac', 'flac'),
  wav: sound('audio/wav', 'wav'),
};

/** The stream type GUID of video (ASF specification, 10.1). */
const asfVideo = Buffer.from('c0ef19bc4d5bcf11a8fd00805f5c442b', 'hex');

/**
 * Examines a video or sound.
 * @throws AppError FILE_TYPE_NOT_ALLOWED, FILE_DAMAGED, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
 */
export async function probeTrackMedia(
  input: MediaInput,
  type: SniffedType,
  pool: WorkerPool,
  signal: AbortSignal | undefined,
): Promise<MediaFacts> {
  const container = containers[type.extension];
  if (!container) return unknownContainer(input, type);
  if (container.isIso && !(await isWholeMovie(input, signal))) throw new AppError('FILE_DAMAGED');
  const tracks = await pool.run({ path: input.path, size: input.size }, signal);
  if (tracks === null && !container.mayBeForeign && !isForeignWave(input.head)) {
    throw new AppError('FILE_DAMAGED');
  }
  const format = tracks?.hasVideo ? container.video : container.audio;
  return factsOf(kindOf(format.mimeType), format, tracks);
}

/** Containers that nothing here can look into are kept for what their first bytes say. */
function unknownContainer(input: MediaInput, type: SniffedType): MediaFacts {
  if (type.extension === 'asf') {
    // The detector names the first stream, and a film may begin with its sound.
    const hasVideo = Buffer.from(input.head).includes(asfVideo);
    return hasVideo || type.mimeType !== 'audio/x-ms-asf'
      ? factsOf('VIDEO', { mimeType: 'video/x-ms-wmv', extension: 'wmv' }, null)
      : factsOf('AUDIO', { mimeType: 'audio/x-ms-wma', extension: 'wma' }, null);
  }
  // The detector tells MPEG-1 from MPEG-2 program streams; one registered name covers both (RFC 2046, 5.4).
  if (type.extension === 'mpg') return factsOf('VIDEO', { ...type, mimeType: 'video/mpeg' }, null);
  if (!/^(video|audio)\//.test(type.mimeType)) throw new AppError('FILE_TYPE_NOT_ALLOWED');
  return factsOf(kindOf(type.mimeType), type, null);
}

/** A WAV file whose sound is neither PCM nor float, A-law or µ-law, so that its track cannot be read (RFC 2361). */
function isForeignWave(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const format = bytes.indexOf('fmt ');
  if (bytes.toString('latin1', 8, 12) !== 'WAVE' || format === -1 || format + 10 > bytes.length) return false;
  return ![1, 3, 6, 7, 0xfffe].includes(bytes.readUInt16LE(format + 8));
}

async function isWholeMovie(input: MediaInput, signal: AbortSignal | undefined): Promise<boolean> {
  const facts = input.bytes
    ? await walkBytes(walkIsoMovie, input.bytes, signal)
    : await walkFile(walkIsoMovie, input.path, input.size, signal);
  return facts !== null;
}

function factsOf(kind: MediaKind, { mimeType, extension }: Format, tracks: TrackFacts | null): MediaFacts {
  return {
    kind,
    mimeType,
    extension,
    width: tracks?.width ?? null,
    height: tracks?.height ?? null,
    durationMs: tracks?.durationMs ?? null,
    // The codec of its sound would not be the film's.
    codec: tracks && (tracks.hasVideo || kind === 'AUDIO') ? tracks.codec : null,
    frames: null,
  };
}

function kindOf(mimeType: string): MediaKind {
  return mimeType.startsWith('video/') ? 'VIDEO' : 'AUDIO';
}

function sound(mimeType: string, extension: string): Container {
  const format = { mimeType, extension };
  return { video: format, audio: format };
}
