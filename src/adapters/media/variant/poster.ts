import { rm } from 'node:fs/promises';
import { AppError } from '../../../errors.ts';
import type { Logger } from '../../../lib/logger.ts';

/** Where in the film the frame is, s: behind fades and black, and not far into it. */
const LATEST_FRAME_SECONDS = 3;
/** The part of a short film that is skipped. */
const SKIPPED_PART = 0.1;
const MEMORY_KIB = 1_500_000;

/** ffmpeg's reader for each type of video: named, so that no playlist or script inside the bytes is obeyed. */
const demuxers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'video/x-m4v': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'video/mp2t': 'mpegts',
  'video/ogg': 'ogg',
  'video/vnd.avi': 'avi',
  'video/x-msvideo': 'avi',
  'video/x-ms-asf': 'asf',
  'video/x-ms-wmv': 'asf',
  'video/x-flv': 'flv',
  'video/mpeg': 'mpeg',
  'video/MP1S': 'mpeg',
  'video/MP2P': 'mpeg',
};

export interface Film {
  readonly path: string;
  readonly mimeType: string;
  readonly durationMs: number | null;
}

export interface FrameOptions {
  /** Path of the program. */
  readonly ffmpeg: string;
  readonly deadlineMs: number;
  readonly maxImagePixels: number;
  readonly log: Logger;
}

/**
 * Writes one frame of a film as a PNG, rotation and pixel aspect applied.
 * @throws AppError FILE_DAMAGED when no frame decodes, PROBE_TIMEOUT
 */
export async function extractFrame(film: Film, target: string, options: FrameOptions): Promise<void> {
  const demuxer = demuxers[film.mimeType];
  if (demuxer === undefined) throw new AppError('FILE_DAMAGED');
  const seconds = Math.min(LATEST_FRAME_SECONDS, ((film.durationMs ?? 0) / 1000) * SKIPPED_PART);
  // Behind a wrong duration or a last key frame there may be nothing.
  for (const from of seconds > 0 ? [seconds, 0] : [0]) {
    await run(
      [...inputOptions(demuxer, options), '-ss', from.toFixed(3), '-i', `file:${film.path}`],
      target,
      options,
    );
    if ((await Bun.file(target).exists()) && Bun.file(target).size > 0) return;
  }
  throw new AppError('FILE_DAMAGED');
}

function inputOptions(demuxer: string, { maxImagePixels }: FrameOptions): string[] {
  return [
    ...['-nostdin', '-loglevel', 'error', '-threads', '1', '-protocol_whitelist', 'file', '-f', demuxer],
    ...['-max_pixels', String(maxImagePixels)],
  ];
}

async function run(
  input: string[],
  target: string,
  { ffmpeg, deadlineMs, log }: FrameOptions,
): Promise<void> {
  const output = [
    ...['-map', '0:V:0', '-frames:v', '1', '-an', '-sn', '-dn', '-threads', '1'],
    ...['-vf', 'scale=max(1\\,trunc(iw*sar)):ih,setsar=1', '-c:v', 'png', '-compression_level', '1'],
    ...['-f', 'image2', '-update', '1', '-y', `file:${target}`],
  ];
  // The shell takes the limits, then becomes ffmpeg.
  const limited = `ulimit -v ${MEMORY_KIB} -c 0; exec "$@"`;
  const child = Bun.spawn(['/bin/sh', '-c', limited, 'sh', ffmpeg, ...input, ...output], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  const [errors] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  clearTimeout(deadline);
  if (child.exitCode === 0) return;
  await rm(target, { force: true });
  log.debug({ errors: errors.slice(0, 1000), isLate }, 'ffmpeg made no frame');
  if (isLate) throw new AppError('PROBE_TIMEOUT');
}
