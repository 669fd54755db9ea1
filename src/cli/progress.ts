import type { Progress } from './command.ts';

/** Columns. */
const BAR_WIDTH = 24;
/** ms */
const REDRAW = 100;

/** A bar that is drawn over itself on a terminal; elsewhere nothing. */
export function progressBar(
  label: string,
  terminal: { readonly isTTY?: boolean; write(text: string): unknown },
): Progress {
  let drawn = 0;
  const started = performance.now();
  return {
    show(done, total) {
      if (!terminal.isTTY) return;
      const now = performance.now();
      if (drawn > 0 && now - drawn < REDRAW && done < total) return;
      drawn = now;
      terminal.write(`\r\x1b[K${progressText(label, { done, total, seconds: (now - started) / 1000 })}`);
    },
    clear() {
      if (drawn > 0) terminal.write('\r\x1b[K');
    },
  };
}

/** Such as `Hashing [######------] 5,000/10,000, 40 s left`. */
export function progressText(
  label: string,
  { done, total, seconds }: { readonly done: number; readonly total: number; readonly seconds: number },
): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((done / total) * BAR_WIDTH);
  const left = done === 0 ? '' : `, ${Math.ceil((seconds / done) * (total - done))} s left`;
  const count = `${done.toLocaleString('en')}/${total.toLocaleString('en')}`;
  return `${label} [${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${count}${left}`;
}
