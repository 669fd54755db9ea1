import type { Logger } from '../../lib/logger.ts';

/** Something without which the server cannot do its work. */
export interface Dependency {
  readonly name: string;
  /** Asks it, cheaply. Fails where it does not do what it should. */
  check(): Promise<unknown>;
}

export interface DependencyState {
  readonly state: 'up' | 'down';
  /** How long its answer took, or was waited for. */
  readonly ms: number;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'unavailable' | 'stopping';
  readonly dependencies: Readonly<Record<string, DependencyState>>;
}

interface ReadinessOptions {
  readonly dependencies: readonly Dependency[];
  /** Aborted when the server begins to stop. */
  readonly closing: AbortSignal;
  readonly log: Logger;
  /** An answer that takes longer counts as none, ms. */
  readonly patienceMs?: number;
  /** What was found holds for so long, ms. */
  readonly keepMs?: number;
}

const PATIENCE_MS = 1000;
const KEEP_MS = 1000;
/** After so long an answer is not waited for any more, and is asked for anew: it may have been lost on its way, ms. */
const GIVE_UP_MS = 10_000;

/**
 * Tells whether requests should come here. Each dependency is asked by one at a time and at most once in `keepMs`,
 * however often this is: what hangs must not gather questions.
 */
export class Readiness {
  readonly #watches: readonly Watch[];
  readonly #closing: AbortSignal;
  readonly #patienceMs: number;
  #latest: ReadinessReport['dependencies'] = {};

  constructor({ dependencies, closing, log, patienceMs = PATIENCE_MS, keepMs = KEEP_MS }: ReadinessOptions) {
    this.#watches = dependencies.map((dependency) => new Watch(dependency, { keepMs, log }));
    this.#closing = closing;
    this.#patienceMs = patienceMs;
  }

  /** What the last report said. */
  get latest(): ReadinessReport['dependencies'] {
    return this.#latest;
  }

  async report(): Promise<ReadinessReport> {
    const states = await Promise.all(
      this.#watches.map(async (watch) => [watch.name, await watch.state(this.#patienceMs)] as const),
    );
    this.#latest = Object.fromEntries(states);
    const isUp = states.every(([, { state }]) => state === 'up');
    return {
      status: this.#closing.aborted ? 'stopping' : isUp ? 'ready' : 'unavailable',
      dependencies: this.#latest,
    };
  }
}

interface Asking {
  readonly since: number;
  readonly answer: Promise<DependencyState>;
}

class Watch {
  readonly name: string;
  readonly #check: Dependency['check'];
  readonly #keepMs: number;
  readonly #log: Logger;
  #asking: Asking | undefined;
  #found: (DependencyState & { readonly at: number }) | undefined;
  #isDown = false;

  constructor(dependency: Dependency, { keepMs, log }: { keepMs: number; log: Logger }) {
    this.name = dependency.name;
    this.#check = () => dependency.check();
    this.#keepMs = keepMs;
    this.#log = log;
  }

  async state(patienceMs: number): Promise<DependencyState> {
    const now = performance.now();
    if (this.#found && now - this.#found.at < this.#keepMs) return this.#shown(this.#found);
    const isAsking = this.#asking && now - this.#asking.since < GIVE_UP_MS;
    const { since, answer } = (isAsking && this.#asking) || this.#ask(now);
    const left = patienceMs - (now - since);
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, Math.max(0, left), undefined);
    const state = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (state) return this.#shown(state);
    this.#note(new Error(`no answer within ${patienceMs} ms`));
    return { state: 'down', ms: rounded(performance.now() - since) };
  }

  #ask(since: number): Asking {
    const settle = (state: DependencyState['state'], error?: unknown): DependencyState => {
      const at = performance.now();
      const found = { state, ms: rounded(at - since) };
      // What was given up tells nothing of now.
      if (this.#asking === asking) {
        this.#asking = undefined;
        this.#found = { ...found, at };
        this.#note(error);
      }
      return found;
    };
    const answer = this.#check().then(
      () => settle('up'),
      (error: unknown) => settle('down', error ?? new Error('it failed')),
    );
    const asking: Asking = { since, answer };
    this.#asking = asking;
    return asking;
  }

  /** The reason is for the operator: whoever asks may be anybody. */
  #note(error: unknown): void {
    const isDown = error !== undefined;
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    if (isDown) this.#log.warn({ dependency: this.name, err: error }, 'the server is not ready');
    else this.#log.info({ dependency: this.name }, 'it is up again');
  }

  #shown({ state, ms }: DependencyState): DependencyState {
    return { state, ms };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
