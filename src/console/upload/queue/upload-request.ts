import { spreadProgress } from './progress.ts';
import type { Transfer } from './transfer.ts';

/** For the operation and the heads of parts. */
export const OVERHEAD_BYTES = 64 * 1024;
/** What a browser tells of a body that leaves may be as old as that. */
const UNTOLD_SECONDS = 1.5;

/** Files that are on their way together. */
export class UploadRequest {
  readonly batch: readonly Transfer[];
  readonly controller = new AbortController();
  /** Which login it belongs to. */
  readonly login: number;
  #sent = 0;
  #total = 0;

  constructor(batch: readonly Transfer[], login: number) {
    this.batch = batch;
    this.login = login;
    for (const transfer of batch) transfer.state = 'sending';
  }

  /** @returns how many bytes more than at the last time. */
  progressed(sent: number, total: number): number {
    const more = sent - this.#sent;
    this.#sent = sent;
    this.#total = total;
    const sizes = this.batch.map(({ size }) => size);
    for (const [index, part] of spreadProgress(sizes, sent, total).entries()) {
      const transfer = this.batch[index];
      if (transfer) transfer.sent = part;
    }
    return more;
  }

  /** Whether the server cannot have had the end of the body, without which it keeps nothing of a request. */
  isSurelyCut(bytesPerSecond: number): boolean {
    return this.#total - this.#sent > bytesPerSecond * UNTOLD_SECONDS + OVERHEAD_BYTES;
  }
}
