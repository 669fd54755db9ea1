import { ChangeSignal } from './change-signal.ts';
import { classifyFailure } from './classify-failure.ts';
import { SpeedMeter } from './progress.ts';
import { Removals } from './removals.ts';
import { RetryClock } from './retry-clock.ts';
import { takeBatch } from './take-batch.ts';
import { type Destination, type FailureReason, Transfer } from './transfer.ts';
import type { SendResult, StoredFile, UploadLimits, UploadPort } from './upload-port.ts';
import { OVERHEAD_BYTES, UploadRequest } from './upload-request.ts';
import { summaryOf, type UploadSummary } from './upload-summary.ts';

/** HTTP/1.1 has six connections to a server; pages and pictures need some as well. */
const REQUESTS_AT_ONCE = 3;
const FILES_PER_REQUEST = 20;
const MIN_BATCH_BYTES = 1024 * 1024;
const FIRST_BATCH_BYTES = 4 * MIN_BATCH_BYTES;
const MAX_BATCH_BYTES = 16 * MIN_BATCH_BYTES;
/** A request that is lost is sent again whole, so it shall take no longer than this. */
const BATCH_SECONDS = 5;
const MAX_REFUSALS = 6;
const MAX_LOSSES = 4;
/** Of what is done, so many are shown; the others are only counted. */
const DONE_KEPT = 200;

/**
 * The files that a user has given, and what becomes of them. It belongs to no page, so that it goes on while pages
 * change, and waits while nobody is logged in. `subscribe` and `summary` are for `useSyncExternalStore`.
 */
export class UploadQueue {
  readonly #port: UploadPort;
  readonly #limits: UploadLimits;
  readonly #storedListeners = new Set<(files: readonly StoredFile[]) => void>();
  readonly #meter = new SpeedMeter();
  readonly #requests = new Set<UploadRequest>();
  #waiting: Transfer[] = [];
  readonly #failed = new Set<Transfer>();
  readonly #done: Transfer[] = [];
  #doneCount = 0;
  #doneBytes = 0;
  /** Whose files these are. */
  #owner: number | undefined;
  #user: number | undefined;
  #logins = 0;
  /** Requests that were answered. */
  #answers = 0;
  #summary: UploadSummary | undefined;
  readonly #signal = new ChangeSignal(() => {
    this.#summary = undefined;
  });
  readonly #clock = new RetryClock(() => this.#goOn());
  readonly #removals: Removals;

  constructor(port: UploadPort, limits: UploadLimits) {
    this.#port = port;
    this.#limits = limits;
    this.#removals = new Removals((ids) => port.remove(ids), this.#clock);
  }

  readonly subscribe = this.#signal.subscribe;

  /** The same object until listeners are told. */
  readonly summary = (): UploadSummary => {
    this.#summary ??= summaryOf({
      failed: this.#failed,
      sending: this.#sending(),
      waiting: this.#waiting,
      doneCount: this.#doneCount,
      doneBytes: this.#doneBytes,
      bytesPerSecond: this.#meter.bytesPerSecond,
      isPaused: this.#isPaused(),
      trouble: this.#clock.trouble,
      retryAt: this.#clock.retryAt,
    });
    return this.#summary;
  };

  /** Whether closing the page would lose something. */
  get isBusy(): boolean {
    return this.#requests.size + this.#waiting.length + this.#removals.size > 0;
  }

  /** Those to be shown: what needs the user, what moves, what waits, and the last of what is done. */
  rows(): Transfer[] {
    return [...this.#failed, ...this.#sending(), ...this.#waiting, ...this.#done.toReversed()];
  }

  /** Told of files that have come in, a request's at a time. */
  onStored(listener: (files: readonly StoredFile[]) => void): () => void {
    this.#storedListeners.add(listener);
    return () => this.#storedListeners.delete(listener);
  }

  get user(): number | undefined {
    return this.#user;
  }

  /** Who is logged in; undefined: nobody, and what is left waits. Files of somebody else are dropped. */
  setUser(userId: number | undefined): void {
    this.#user = userId;
    if (userId !== undefined) {
      this.#logins++;
      if (this.#owner !== undefined && this.#owner !== userId) this.#drop();
    }
    this.#goOn();
  }

  /** Takes files of the user that is logged in; without one there is nobody whose they would be. */
  add(files: readonly File[], destination: Destination): void {
    if (files.length === 0 || (this.#owner ?? this.#user) === undefined) return;
    if (!this.isBusy) this.#forgetDone();
    this.#owner ??= this.#user;
    const maxBytes = Math.min(this.#limits.fileBytes, this.#limits.requestBytes - OVERHEAD_BYTES);
    for (const file of files) {
      const transfer = new Transfer(file, destination);
      if (transfer.size <= maxBytes) this.#waiting.push(transfer);
      else this.#fail(transfer, { kind: 'tooLarge', maxBytes });
    }
    this.#goOn();
  }

  /** Takes a file out. Where it may have got there already, it is removed as soon as that is known. */
  cancel(transfers: Iterable<Transfer>): void {
    const gone = new Set<Transfer>();
    for (const transfer of transfers) {
      if (transfer.state === 'sending' || (transfer.state === 'waiting' && transfer.unsure)) {
        transfer.unwanted = true;
      } else if (transfer.state !== 'done') {
        this.#failed.delete(transfer);
        transfer.file = undefined;
        gone.add(transfer);
      }
    }
    this.#waiting = this.#waiting.filter((transfer) => !gone.has(transfer));
    for (const request of this.#requests) {
      // Others in the same request would have to begin anew.
      const isUnwanted = request.batch.every(({ unwanted }) => unwanted);
      if (isUnwanted && request.isSurelyCut(this.#meter.bytesPerSecond)) request.controller.abort();
    }
    this.#goOn();
  }

  cancelAll(): void {
    this.cancel([...this.#waiting, ...this.#sending()]);
  }

  retry(transfers: Iterable<Transfer>): void {
    for (const transfer of transfers) {
      if (transfer.reason?.kind === 'tooLarge' || !this.#failed.delete(transfer)) continue;
      Object.assign(transfer, { state: 'waiting', reason: undefined, refusals: 0, losses: 0 });
      this.#waiting.push(transfer);
    }
    this.#goOn();
  }

  retryFailed(): void {
    this.retry([...this.#failed]);
  }

  /** Tries again at once, as when the browser says that it is online. */
  readonly wake = (): void => this.#clock.wake();

  /** Forgets what is done and what failed. */
  clear(): void {
    this.#failed.clear();
    this.#forgetDone();
    this.#signal.changed();
  }

  #goOn(): void {
    this.#signal.changed();
    if (this.#user === undefined || this.#isPaused() || !this.#clock.isDue) return;
    void this.#removals.run().then(this.#signal.changed);
    // After trouble one request finds out whether it is over.
    const atOnce = this.#clock.trouble ? 1 : REQUESTS_AT_ONCE;
    while (this.#requests.size < atOnce && this.#waiting.length > 0) {
      void this.#run(new UploadRequest(takeBatch(this.#waiting, this.#batchLimits()), this.#logins));
    }
  }

  async #run(request: UploadRequest): Promise<void> {
    this.#requests.add(request);
    try {
      const results = await this.#port.send(request.batch, {
        signal: request.controller.signal,
        onProgress: (sent, total) => {
          this.#meter.add(request.progressed(sent, total));
          this.#signal.changed();
        },
      });
      if (this.#requests.delete(request)) this.#answered(request, results);
    } catch (error) {
      await this.#lost(request, error);
    }
    this.#goOn();
  }

  #answered({ batch }: UploadRequest, results: readonly SendResult[]): void {
    this.#answers++;
    this.#clock.succeeded();
    const stored: StoredFile[] = [];
    for (const [index, transfer] of batch.entries()) {
      const result = results[index];
      if (result && 'materialId' in result) {
        if (transfer.unwanted) this.#removals.add(result.materialId);
        else stored.push(this.#finish(transfer, result.materialId));
      } else if (result?.mayPass && transfer.refusals++ < MAX_REFUSALS) {
        transfer.unsure = false;
        this.#again([transfer]);
        this.#clock.failed('busy');
      } else {
        this.#fail(transfer, { kind: 'told', text: result?.refused ?? '' });
      }
    }
    if (stored.length > 0) for (const listener of this.#storedListeners) listener(stored);
  }

  async #lost(request: UploadRequest, error: unknown): Promise<void> {
    const { batch } = request;
    const failure = classifyFailure(error);
    // A file that has gone or changed since it was picked looks like a lost connection.
    const readable = failure.kind === 'connection' ? await Promise.all(batch.map(isReadable)) : [];
    if (!this.#requests.delete(request)) return;
    switch (failure.kind) {
      case 'aborted':
        return this.#again(batch);
      case 'session':
        // One that began before the last login says nothing about it.
        if (request.login === this.#logins) this.#user = undefined;
        return this.#again(batch);
      case 'connection': {
        const mayBeThere = !request.isSurelyCut(this.#meter.bytesPerSecond);
        for (const transfer of batch) transfer.unsure ||= mayBeThere;
        for (const transfer of batch) {
          if (transfer.answersBefore < this.#answers) transfer.losses++;
          transfer.answersBefore = this.#answers;
        }
        this.#clock.failed('connection', failure.retryAfterMs);
        const there = batch.filter((transfer, index) => {
          if (!readable[index]) this.#fail(transfer, { kind: 'unreadable' });
          return readable[index];
        });
        return this.#againUnless(there, ({ losses }) => losses >= MAX_LOSSES, error);
      }
      case 'busy':
        this.#clock.failed('busy', failure.retryAfterMs);
        return this.#againUnless(batch, (transfer) => transfer.refusals++ >= MAX_REFUSALS, error);
      case 'tooMuch':
        return this.#againUnless(
          batch,
          (transfer) => {
            const wasAlone = batch.length === 1;
            transfer.alone = true;
            return wasAlone;
          },
          error,
        );
      case 'refused':
        return this.#againUnless(batch, () => true, error);
    }
  }

  #againUnless(
    batch: readonly Transfer[],
    isHopeless: (transfer: Transfer) => boolean,
    error: unknown,
  ): void {
    const hopeless = new Set(batch.filter(isHopeless));
    for (const transfer of hopeless) this.#fail(transfer, { kind: 'error', error });
    this.#again(batch.filter((transfer) => !hopeless.has(transfer)));
  }

  /** Before those that wait; behind them, where others get through and these do not. */
  #again(batch: readonly Transfer[]): void {
    // What is unwanted and has surely not got there is done with.
    const left = batch.filter(({ unwanted, unsure }) => !unwanted || unsure);
    for (const transfer of left) Object.assign(transfer, { state: 'waiting', sent: 0 });
    const first = left.filter(({ losses }) => losses <= 1);
    this.#waiting = [...first, ...this.#waiting, ...left.filter(({ losses }) => losses > 1)];
  }

  #finish(transfer: Transfer, materialId: string): StoredFile {
    const { name, destination, size } = transfer;
    Object.assign(transfer, { state: 'done', sent: size, file: undefined, materialId });
    this.#doneCount++;
    this.#doneBytes += size;
    this.#done.push(transfer);
    if (this.#done.length > DONE_KEPT) this.#done.shift();
    return { materialId, name, destination };
  }

  #fail(transfer: Transfer, reason: FailureReason): void {
    if (transfer.unwanted) return;
    Object.assign(transfer, { state: 'failed', sent: 0, reason });
    this.#failed.add(transfer);
  }

  #batchLimits() {
    const speed = this.#meter.bytesPerSecond;
    const wanted = speed > 0 ? speed * BATCH_SECONDS : FIRST_BATCH_BYTES;
    const most = Math.min(MAX_BATCH_BYTES, this.#limits.requestBytes - OVERHEAD_BYTES);
    return {
      files: Math.min(FILES_PER_REQUEST, this.#limits.filesPerRequest),
      bytes: Math.min(Math.max(wanted, MIN_BATCH_BYTES), most),
    };
  }

  #forgetDone(): void {
    this.#done.length = 0;
    this.#doneCount = 0;
    this.#doneBytes = 0;
    if (this.isBusy) return;
    this.#meter.reset();
    if (this.#failed.size === 0) this.#owner = undefined;
  }

  #drop(): void {
    for (const { controller } of this.#requests) controller.abort();
    this.#requests.clear();
    this.#waiting.length = 0;
    this.#failed.clear();
    this.#removals.clear();
    this.#forgetDone();
  }

  #isPaused(): boolean {
    return this.#owner !== undefined && this.#owner !== this.#user;
  }

  #sending(): Transfer[] {
    return [...this.#requests].flatMap(({ batch }) => batch);
  }
}

async function isReadable({ file }: Transfer): Promise<boolean> {
  return await (file?.slice(0, 1).arrayBuffer() ?? Promise.reject()).then(
    () => true,
    () => false,
  );
}
