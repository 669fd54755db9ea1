import type { Transfer } from './transfer.ts';

export interface BatchLimits {
  readonly files: number;
  /** Bytes; a larger file goes alone. */
  readonly bytes: number;
}

/** Takes the next files for one request, all for the same folder, from the front of those that wait. */
export function takeBatch(waiting: Transfer[], limits: BatchLimits): Transfer[] {
  const [first] = waiting;
  if (!first) return [];
  let bytes = first.size;
  let count = 1;
  while (!first.alone && count < limits.files) {
    const next = waiting[count];
    if (!next || next.alone || !goTogether(first, next) || bytes + next.size > limits.bytes) break;
    bytes += next.size;
    count++;
  }
  return waiting.splice(0, count);
}

function goTogether({ destination: a }: Transfer, { destination: b }: Transfer): boolean {
  return a.mallId === b.mallId && a.folder === b.folder;
}
