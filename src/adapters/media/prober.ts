import { AppError } from '../../errors.ts';
import { probePicture } from './picture.ts';
import { sniffType } from './sniff.ts';
import { probeTrackMedia } from './track-media.ts';
import type { Prober, ProberOptions } from './types.ts';
import { createWorkerPool } from './worker-pool.ts';

/** Decides the type of a file by its bytes and examines it: pictures in process, videos and sounds in workers. */
export function createProber(options: ProberOptions): Prober {
  const { maxImagePixels, deadlineMs = 5000, workers = 2, log } = options;
  const pool = createWorkerPool({ workers, deadlineMs, log });
  return {
    async probe(input, signal) {
      signal?.throwIfAborted();
      if (input.size === 0) throw new AppError('FILE_EMPTY');
      const type = await sniffType(input);
      if (type === null) throw new AppError('FILE_TYPE_NOT_ALLOWED');
      if (!type.mimeType.startsWith('image/')) return probeTrackMedia(input, type, pool, signal);
      return within(deadlineMs, signal, (either) => probePicture(input, type, maxImagePixels, either));
    },
    get load() {
      return pool.load;
    },
    close: () => pool.close(),
  };
}

/** Runs work that may hang in native code: at the deadline or when the caller leaves it is left behind. */
async function within<T>(
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const left = Promise.withResolvers<never>();
  const leave = (reason: unknown) => {
    controller.abort(reason);
    left.reject(reason);
  };
  const abort = () => leave(signal?.reason);
  const deadline = setTimeout(() => leave(new AppError('PROBE_TIMEOUT')), deadlineMs);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([work(controller.signal), left.promise]);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', abort);
  }
}
