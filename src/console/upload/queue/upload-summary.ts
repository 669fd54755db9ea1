import type { Trouble } from './retry-clock.ts';
import type { Transfer } from './transfer.ts';

/** All files together. */
export interface UploadSummary {
  /** With those that are done or have failed; without those that were cancelled. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly bytes: number;
  readonly sentBytes: number;
  readonly bytesPerSecond: number;
  /** undefined: it cannot be told. */
  readonly secondsLeft: number | undefined;
  /** Whether something is on its way or waits for it. */
  readonly isBusy: boolean;
  /** Nobody is logged in, or somebody else. */
  readonly isPaused: boolean;
  /** Why it is being tried again. */
  readonly trouble: Trouble | undefined;
  /** When it is tried again, as `Date.now()`. */
  readonly retryAt: number;
}

interface Parts extends Pick<UploadSummary, 'bytesPerSecond' | 'isPaused' | 'trouble' | 'retryAt'> {
  readonly failed: ReadonlySet<Transfer>;
  readonly sending: readonly Transfer[];
  readonly waiting: readonly Transfer[];
  readonly doneCount: number;
  readonly doneBytes: number;
}

export function summaryOf({ failed, sending, waiting, doneCount, doneBytes, ...rest }: Parts): UploadSummary {
  let [bytes, sentBytes, open] = [doneBytes, doneBytes, 0];
  for (const list of [sending, waiting]) {
    for (const { size, sent, unwanted } of list) {
      if (unwanted) continue;
      open++;
      bytes += size;
      sentBytes += sent;
    }
  }
  const { bytesPerSecond } = rest;
  return {
    ...rest,
    total: doneCount + failed.size + open,
    done: doneCount,
    failed: failed.size,
    bytes,
    sentBytes,
    secondsLeft: open > 0 && bytesPerSecond > 0 ? (bytes - sentBytes) / bytesPerSecond : undefined,
    isBusy: sending.length + waiting.length > 0,
  };
}
