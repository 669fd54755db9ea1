import { AppError } from '../../errors.ts';
import { ProcessPool } from './decoder/process-pool.ts';
import { HeaderReader } from './header-reader.ts';
import { headerIn, pictureFacts, walkBriefly, walkPicture } from './picture.ts';
import type { PlaceholderJob } from './placeholder-process.ts';
import { sniffType, takesLibrary } from './sniff.ts';
import { probeTrackMedia } from './track-media.ts';
import type { Prober, ProberOptions } from './types.ts';
import { createWorkerPool } from './worker-pool.ts';

/** ms; the image library gives up by itself after 20 s. */
const placeholderDeadlineMs = 25_000;

/**
 * Decides the type of a file by its bytes and examines it: plain pictures by their structure, others in child processes,
 * videos and sounds in workers.
 */
export function createProber(options: ProberOptions): Prober {
  const { maxImagePixels, deadlineMs = 5000, workers = 2, log } = options;
  const pool = createWorkerPool({ workers, deadlineMs, log });
  const headers = new HeaderReader({ maxImagePixels, deadlineMs, processes: workers, log });
  const placeholders = new ProcessPool<PlaceholderJob>({
    program: new URL('./placeholder-process.ts', import.meta.url),
    maxImagePixels,
    deadlineMs: placeholderDeadlineMs,
    log,
  });
  return {
    prepare(head) {
      if (takesLibrary(head)) headers.prepare();
    },
    async probe(input, signal) {
      signal?.throwIfAborted();
      if (input.size === 0) throw new AppError('FILE_EMPTY');
      const type = await sniffType(input);
      if (type === null) throw new AppError('FILE_TYPE_NOT_ALLOWED');
      if (!type.mimeType.startsWith('image/')) {
        await input.written;
        return probeTrackMedia(input, type, pool, signal);
      }
      const structure =
        walkBriefly(input, type) ??
        (await within(deadlineMs, signal, (either) => walkPicture(input, type, either)));
      let header = headerIn(structure, type);
      if (header === undefined) {
        await input.written;
        header = await headers.read(input.path, signal);
      }
      return pictureFacts(structure, header, maxImagePixels);
    },
    makePlaceholder: (source, signal) =>
      placeholders.runTwice<string | null>({ source, maxImagePixels }, signal),
    get load() {
      return pool.load;
    },
    async close() {
      await Promise.all([pool.close(), headers.close(), placeholders.close()]);
    },
  };
}

/** Runs work that may take long: at the deadline or when the caller leaves it is left behind. */
async function within<T>(
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
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
