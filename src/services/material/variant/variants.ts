import { rm } from 'node:fs/promises';
import type { Recipe, Rendered, Renderer, RenderRequest } from '../../../adapters/media/index.ts';
import type { CachedFile, DiskCache } from '../../../adapters/storage/disk-cache.ts';
import type { ObjectStore } from '../../../adapters/storage/object-store.ts';
import { AppError } from '../../../errors.ts';
import { localSource } from './local-source.ts';

/** Counts up when the same recipe gives other bytes. */
const RENDERING = 1;
/** A picture as a whole, that others are made from where reading the source itself is slow. */
const WHOLE: Recipe = {
  width: null,
  height: null,
  fit: 'cover',
  focus: 'centre',
  format: 'plain',
  quality: 95,
  blur: null,
  rotate: 0,
  background: null,
};
/** A source that failed is not decoded again for so long, ms. */
const FAILURE_MS = 60_000;
const MAX_FAILURES = 1_000;

/** The bytes that a variant is made from. */
export interface VariantSource {
  readonly storageKey: string;
  /** Bytes. */
  readonly size: number;
  readonly mimeType: string;
  /** Hex. */
  readonly sha256: string;
  readonly durationMs: number | null;
  /** One frame of a video. */
  readonly isFilm: boolean;
}

/** A variant's bytes: a file of the cache, or memory where the disk is full. */
export type Variant = Omit<CachedFile, 'path'> & { readonly content: Blob; readonly path: string | null };

interface VariantParts {
  readonly store: ObjectStore;
  readonly renderer: Renderer;
  readonly cache: DiskCache;
  /** Refuses to make one while that would take too much. */
  readonly admit?: () => Promise<void>;
  /** Told how long each decoding took, with its wait, and of its error. */
  readonly onMade?: ((seconds: number, error?: unknown) => void) | undefined;
}

interface Making {
  readonly promise: Promise<Variant>;
  wanted: number;
}

/**
 * Makes variants and keeps them. They belong to bytes, not to materials: a replaced file has other bytes, and equal
 * bytes share their variants.
 */
export class Variants {
  readonly #store: ObjectStore;
  readonly #renderer: Renderer;
  readonly #cache: DiskCache;
  readonly #admit: () => Promise<void>;
  readonly #onMade: VariantParts['onMade'];
  readonly #makings = new Map<string, Making>();
  #hits = 0;
  #misses = 0;
  readonly #failures = new Map<string, { error: AppError; until: number }>();

  constructor(parts: VariantParts) {
    this.#store = parts.store;
    this.#renderer = parts.renderer;
    this.#cache = parts.cache;
    this.#admit = parts.admit ?? (async () => {});
    this.#onMade = parts.onMade;
  }

  /** How often a variant was kept already, and how often it had to be made, or waited for. */
  get uses(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** Whether videos have posters: ffmpeg is there. */
  get hasPosters(): boolean {
    return this.#renderer.hasFilms;
  }

  /**
   * The variant, from the cache or made now; equal ones that are asked for at once are made once. Who leaves stops
   * waiting; the work goes on for the others, and stops before it begins where there are none.
   * @throws AppError FILE_DAMAGED, IMAGE_TOO_LARGE, PROBE_TIMEOUT, SERVICE_UNAVAILABLE
   */
  async open(source: VariantSource, recipe: Recipe, signal: AbortSignal): Promise<Variant> {
    const key = keyOf(source, recipe);
    const kept = this.#makings.has(key) ? undefined : await this.#cache.get(key);
    if (kept) {
      this.#hits++;
      return fromFile(kept);
    }
    this.#misses++;
    const failure = this.#failures.get(key);
    if (failure && failure.until > Date.now()) throw failure.error;
    if (signal.aborted) throw hasLeft();
    let making = this.#makings.get(key);
    if (!making) {
      making = this.#start(key, source, recipe);
      this.#makings.set(key, making);
    }
    return await joined(making, signal);
  }

  /** Removes every variant of these bytes. */
  purge(sha256: string): Promise<void> {
    return this.#cache.purge(sha256);
  }

  #start(key: string, source: VariantSource, recipe: Recipe): Making {
    const promise = this.#make(key, source, recipe, () => making.wanted > 0);
    const making: Making = { promise, wanted: 0 };
    promise.catch((error: unknown) => this.#remember(key, error)).finally(() => this.#makings.delete(key));
    return making;
  }

  async #make(key: string, source: VariantSource, recipe: Recipe, isWanted: () => boolean): Promise<Variant> {
    await this.#admit();
    using _making = this.#cache.begin(key);
    const target = this.#cache.partial();
    const { bytes, ...made } = await this.#timed(this.#render(source, { recipe, target, isWanted }));
    const facts = {
      size: made.size,
      digest: made.sha256.slice(0, 32),
      extension: made.mimeType.slice('image/'.length),
    };
    if (bytes) return { ...facts, content: new Blob([bytes]), path: null };
    const kept = await this.#cache.put(key, target, facts);
    if (kept) return fromFile(kept);
    const content = new Blob([await Bun.file(target).bytes()]);
    await rm(target, { force: true });
    return { ...facts, content, path: null };
  }

  async #timed<T>(rendering: Promise<T>): Promise<T> {
    const started = performance.now();
    const told = (error?: unknown) => this.#onMade?.((performance.now() - started) / 1000, error);
    rendering.then(() => told(), told);
    return await rendering;
  }

  /** HEIC takes a second to decode, and a film ffmpeg's start: that is done once for all sizes. */
  async #render(source: VariantSource, wanted: Omit<RenderRequest, 'source'>): Promise<Rendered> {
    const { mimeType, durationMs, isFilm } = source;
    const isSlow = isFilm || mimeType === 'image/heic';
    if (isSlow && keyOf(source, wanted.recipe) !== keyOf(source, WHOLE)) {
      const { path } = await this.open(source, WHOLE, new AbortController().signal);
      if (path !== null) return await this.#renderer.render({ source: { path }, ...wanted });
    }
    await using local = await localSource(this.#store, source, this.#cache.partial());
    const { path } = local;
    const opened = isFilm ? { film: { path, mimeType, durationMs } } : { path };
    return await this.#renderer.render({ source: opened, ...wanted });
  }

  /** What failed once fails again, at the cost of a decoder's whole deadline maybe. */
  #remember(key: string, error: unknown): void {
    if (!(error instanceof AppError) || ['SERVICE_UNAVAILABLE', 'INTERNAL_ERROR'].includes(error.code))
      return;
    this.#failures.delete(key);
    this.#failures.set(key, { error, until: Date.now() + FAILURE_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_FAILURES && oldest !== undefined) this.#failures.delete(oldest);
  }
}

async function joined(making: Making, signal: AbortSignal): Promise<Variant> {
  making.wanted++;
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(hasLeft());
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([making.promise, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
    making.wanted--;
  }
}

/** For the log only. */
function hasLeft(): AppError {
  return new AppError('SERVICE_UNAVAILABLE');
}

function fromFile(file: CachedFile): Variant {
  return { ...file, content: Bun.file(file.path) };
}

function keyOf({ sha256, isFilm }: VariantSource, recipe: Recipe): string {
  const { width, height, fit, focus, format, quality, blur, rotate, background } = recipe;
  const how = [RENDERING, isFilm, width, height, fit, focus, format, quality, blur, rotate, background];
  const digest = new Bun.CryptoHasher('sha256').update(JSON.stringify(how)).digest('hex');
  return `${sha256}-${digest.slice(0, 16)}`;
}
