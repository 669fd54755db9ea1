/** How much is done in this run. */
export interface Options {
  readonly quick: boolean;
  /** Timed runs of each side; their median counts. */
  readonly runs: number;
}

/** What one benchmark file exports. */
export interface Benchmark {
  readonly name: string;
  run(options: Options): AsyncIterable<Line>;
}

/** One line of the table. */
export interface Line {
  readonly work: string;
  /** What is held against the bar: a ratio to a baseline, or a figure by itself. */
  readonly value: Summary;
  /** Such as ×, s, MB. */
  readonly unit: string;
  readonly bar?: Bar;
  readonly ours?: Measured;
  readonly baseline?: Measured;
  readonly note?: string;
}

/** One end of what is allowed. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number };

export interface Measured {
  readonly summary: Summary;
  readonly unit: string;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/** Summary of `ours[i] / theirs[i]`: runs that were timed one after the other, under the same conditions. */
export function ratios(ours: readonly number[], theirs: readonly number[]): Summary {
  return summarize(ours.map((value, run) => value / (theirs[run] ?? Number.NaN)));
}

/** Runs all sides in turn, `runs` times, after one turn that does not count. @returns the results of each side. */
export async function alternate<Results extends readonly unknown[]>(
  runs: number,
  ...sides: { [Side in keyof Results]: () => Promise<Results[Side]> }
): Promise<{ [Side in keyof Results]: Results[Side][] }> {
  const results = sides.map((): unknown[] => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, side] of sides.entries()) {
      const result = await side();
      if (run >= 0) results[index]?.push(result);
    }
  }
  return results as { [Side in keyof Results]: Results[Side][] };
}

export function isMet({ value, bar }: Line): boolean {
  if (!bar) return true;
  return 'atMost' in bar ? value.median <= bar.atMost : value.median >= bar.atLeast;
}
