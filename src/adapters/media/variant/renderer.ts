import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { AppError } from '../../../errors.ts';
import { Limiter } from '../../../lib/limiter.ts';
import type { Logger } from '../../../lib/logger.ts';
import { ProcessPool } from '../decoder/process-pool.ts';
import { extractFrame, type Film } from './poster.ts';
import type { Recipe, Rendered, RenderJob } from './recipe.ts';

/** Pictures that may wait; at 0.1 s each the last one waits for some seconds. */
const MAX_WAITING = 100;
const MAX_PROCESSES = 4;
const DEADLINE_MS = 20_000;
const RETRY_AFTER_SECONDS = 5;

export interface RendererOptions {
  readonly maxImagePixels: number;
  readonly log: Logger;
  /** Path of ffmpeg; without it films have no frames. */
  readonly ffmpeg?: string | undefined;
  /** Pictures that are decoded at once; by default as many as there are cores, at most 4. */
  readonly processes?: number;
  /** Pictures that may wait for their turn, 100 by default. */
  readonly maxWaiting?: number;
  /** ms for one picture, without its wait; 20,000 by default. */
  readonly deadlineMs?: number;
  /** ms after which an idle process ends, 5,000 by default. */
  readonly idleMs?: number;
  /** Replaces the child's program, for tests. */
  readonly program?: URL;
}

export interface RenderRequest {
  /** A picture, or a film of which one frame is taken. */
  readonly source: { readonly path: string } | { readonly film: Film };
  readonly recipe: Recipe;
  /** Path of the file to be made. */
  readonly target: string;
  /** Asked when its turn comes: whether somebody still wants it. */
  readonly isWanted: () => boolean;
}

/** Makes variants of pictures, a bounded number at once. */
export class Renderer {
  readonly #pool: ProcessPool<RenderJob>;
  readonly #limiter: Limiter;
  readonly #options: RendererOptions;
  readonly #deadlineMs: number;

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#limiter = new Limiter({
      concurrency: options.processes ?? Math.min(availableParallelism(), MAX_PROCESSES),
      queue: options.maxWaiting ?? MAX_WAITING,
    });
    this.#pool = new ProcessPool({
      program: options.program ?? new URL('./render-process.ts', import.meta.url),
      maxImagePixels: options.maxImagePixels,
      deadlineMs: this.#deadlineMs,
      idleMs: options.idleMs,
      log: options.log,
    });
  }

  /** Whether there are posters of videos. */
  get hasFilms(): boolean {
    return this.#options.ffmpeg !== undefined;
  }

  /** Process numbers of the decoders that exist now. */
  get pids(): number[] {
    return this.#pool.pids;
  }

  /** Pictures that are decoded now, and that wait for their turn. */
  get load(): { readonly running: number; readonly waiting: number } {
    return this.#limiter;
  }

  /**
   * @throws AppError FILE_DAMAGED when it does not decode or ends its decoder, IMAGE_TOO_LARGE, PROBE_TIMEOUT,
   * SERVICE_UNAVAILABLE when too many wait or nobody wants it any more
   */
  async render({ source, recipe, target, isWanted }: RenderRequest): Promise<Rendered> {
    if (this.#limiter.isFull) throw busy();
    return await this.#limiter.run(async () => {
      if (!isWanted()) throw busy();
      const { maxImagePixels } = this.#options;
      const limits = { maxImagePixels, timeoutSeconds: Math.ceil(this.#deadlineMs / 1000) };
      if ('path' in source)
        return await this.#pool.run<Rendered>({ source: source.path, recipe, limits, target });
      const frame = `${target}.frame`;
      try {
        await this.#extract(source.film, frame);
        return await this.#pool.run<Rendered>({ source: frame, recipe, limits, target });
      } finally {
        await rm(frame, { force: true });
      }
    });
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #extract(film: Film, target: string): Promise<void> {
    const { ffmpeg, maxImagePixels, log } = this.#options;
    if (ffmpeg === undefined) throw new AppError('NOT_FOUND');
    await extractFrame(film, target, { ffmpeg, deadlineMs: this.#deadlineMs, maxImagePixels, log });
  }
}

function busy(): AppError {
  return new AppError('SERVICE_UNAVAILABLE', { retryAfter: RETRY_AFTER_SECONDS });
}
