/** Values of an instrument's labels, in the order of their names. */
export type LabelValues = readonly string[];

/** One line of what an instrument tells. */
export interface Sample {
  /** Added to the instrument's name: empty, `_bucket`, `_sum` or `_count`. */
  readonly suffix: string;
  /** Besides the instrument's own labels. */
  readonly bound?: string;
  readonly value: number;
}

export interface Instrument {
  samples(): Iterable<Sample>;
}

/** A number that only grows. */
export class Counter implements Instrument {
  #value = 0;

  add(amount = 1): void {
    this.#value += amount;
  }

  samples(): Sample[] {
    return [{ suffix: '', value: this.#value }];
  }
}

/** A number of what is there now. */
export class Gauge implements Instrument {
  #value = 0;

  add(amount: number): void {
    this.#value += amount;
  }

  samples(): Sample[] {
    return [{ suffix: '', value: this.#value }];
  }
}

/** How many values were at most as large as each of some bounds. */
export class Histogram implements Instrument {
  readonly #bounds: readonly number[];
  /** Of each bound alone; the last one is of all values beyond. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds in rising order. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.#bounds.length && value > (this.#bounds[place] ?? 0)) place++;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sum += value;
  }

  *samples(): Generator<Sample> {
    let count = 0;
    for (const [place, one] of this.#counts.entries()) {
      count += one;
      const bound = this.#bounds[place];
      yield { suffix: '_bucket', bound: bound === undefined ? '+Inf' : String(bound), value: count };
    }
    yield { suffix: '_sum', value: this.#sum };
    yield { suffix: '_count', value: count };
  }
}

/** The instruments of one name, one for each combination of label values. */
export class Family<I extends Instrument> {
  readonly #make: () => I;
  readonly #capacity: number;
  readonly #children = new Map<string, { readonly values: LabelValues; readonly instrument: I }>();

  /** @param capacity combinations beyond it share one, whose values are all `other`. */
  constructor(make: () => I, capacity: number) {
    this.#make = make;
    this.#capacity = capacity;
  }

  /** @param values in the order of the labels' names. */
  with(...values: string[]): I {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\0');
    const child = this.#children.get(key);
    if (child) return child.instrument;
    const isFull = this.#children.size >= this.#capacity && values.some((value) => value !== OTHER);
    if (isFull) return this.with(...values.map(() => OTHER));
    const instrument = this.#make();
    this.#children.set(key, { values, instrument });
    return instrument;
  }

  *children(): Generator<readonly [LabelValues, Iterable<Sample>]> {
    for (const { values, instrument } of this.#children.values()) yield [values, instrument.samples()];
  }
}

const OTHER = 'other';
