import { Counter, Family, Gauge, Histogram, type LabelValues, type Sample } from './instruments.ts';

type Kind = 'counter' | 'gauge' | 'histogram';
type Children = Iterable<readonly [LabelValues, Iterable<Sample>]>;

interface Entry {
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
  readonly children: () => Children;
}

/** What a reading tells: one number, or one for each combination of label values; undefined or none: it is left out. */
export type Reading = number | undefined | readonly (readonly [LabelValues, number])[];

/** Seconds: from a file in memory to a long upload. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Combinations of label values that one name has at most: a mistake in a label shall not take all memory. */
const CAPACITY = 1000;
const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * What the server counts and measures, told in the text format of Prometheus (version 0.0.4). Counting is adding to a
 * number; what can be read when somebody asks is read then.
 */
export class Metrics {
  readonly #entries = new Map<string, Entry>();

  /** @param name ends in `_total`. */
  counter(name: string, help: string, labels: readonly string[] = []): Family<Counter> {
    return this.#family('counter', name, help, labels, () => new Counter());
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Family<Gauge> {
    return this.#family('gauge', name, help, labels, () => new Gauge());
  }

  /** @param bounds in rising order; by default seconds, from 0.001 to 30. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    bounds: readonly number[] = SECONDS,
  ): Family<Histogram> {
    return this.#family('histogram', name, help, labels, () => new Histogram(bounds));
  }

  /** Takes a number that somebody else keeps, each time that it is asked for. */
  read(
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    reading: () => Reading,
    labels: readonly string[] = [],
  ): void {
    this.#add(name, { kind, help, labels, children: () => childrenOf(reading()) });
  }

  /** Everything, as text. */
  text(): string {
    let text = '';
    for (const [name, { kind, help, labels, children }] of this.#entries) {
      let lines = '';
      for (const [values, samples] of children()) {
        const pairs = labels.map((label, i) => `${label}="${escapeValue(values[i] ?? '')}"`);
        for (const { suffix, bound, value } of samples) {
          const all = bound === undefined ? pairs : [...pairs, `le="${bound}"`];
          lines += `${name}${suffix}${all.length > 0 ? `{${all.join(',')}}` : ''} ${value}\n`;
        }
      }
      if (lines !== '') text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n${lines}`;
    }
    return text;
  }

  #family<I extends Counter | Gauge | Histogram>(
    kind: Kind,
    name: string,
    help: string,
    labels: readonly string[],
    make: () => I,
  ): Family<I> {
    const family = new Family(make, CAPACITY);
    // Without labels there is one, which tells 0 from the beginning.
    if (labels.length === 0) family.with();
    this.#add(name, { kind, help, labels, children: () => family.children() });
    return family;
  }

  #add(name: string, entry: Entry): void {
    if (this.#entries.has(name) || ![name, ...entry.labels].every((part) => NAME.test(part))) {
      throw new Error(`${name}: a metric needs a name of its own, in lower case`);
    }
    this.#entries.set(name, entry);
  }
}

function childrenOf(reading: Reading): Children {
  if (reading === undefined) return [];
  const all = typeof reading === 'number' ? [[[], reading] as const] : reading;
  return all.map(([values, value]) => [values, [{ suffix: '', value }]] as const);
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
