import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';

interface MemoryGaugeOptions {
  /** Bytes that are too much; by default nine tenths of what the container, or the machine, has. */
  readonly maxBytes?: number | undefined;
  /** Replaces what measures, for tests: bytes in use. */
  readonly measure?: () => Promise<number> | number;
}

interface Container {
  /** Bytes */
  readonly limit: number;
  /** What the kernel cannot give back, bytes. */
  used(): Promise<number>;
}

const FRACTION = 0.9;
/** A measurement counts for so long, ms. */
const FRESH_MS = 250;
/** A collection takes some milliseconds. */
const COLLECT_MS = 5000;
const V2 = '/sys/fs/cgroup/';
const V1 = '/sys/fs/cgroup/memory/';

/** Tells when so much memory is in use that nothing should be begun that takes much more. */
export class MemoryGauge {
  readonly #maxBytes: number;
  readonly #measure: () => Promise<number> | number;
  #until = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;
  #answer: Promise<boolean> | undefined;

  private constructor(maxBytes: number, measure: () => Promise<number> | number) {
    this.#maxBytes = maxBytes;
    this.#measure = measure;
  }

  /** A container's limit counts all of its processes; else this process alone is measured. */
  static async open({ maxBytes, measure }: MemoryGaugeOptions = {}): Promise<MemoryGauge> {
    const ownBytes = () => process.memoryUsage.rss();
    if (maxBytes !== undefined) return new MemoryGauge(maxBytes, measure ?? ownBytes);
    const container = await limitedContainer();
    const limit = (container?.limit ?? totalmem()) * FRACTION;
    return new MemoryGauge(limit, measure ?? container?.used ?? ownBytes);
  }

  isHigh(): Promise<boolean> {
    const now = performance.now();
    if (this.#answer === undefined || now >= this.#until) {
      this.#until = now + FRESH_MS;
      this.#answer = this.#look(now);
    }
    return this.#answer;
  }

  async #look(now: number): Promise<boolean> {
    if (!(await this.#isAbove())) return false;
    if (now - this.#collectedAt < COLLECT_MS) return true;
    // Much of it may be garbage outside of the JavaScript heap, which nothing else collects.
    this.#collectedAt = now;
    Bun.gc(true);
    return await this.#isAbove();
  }

  /** Measuring opens a file, which may fail where too many are open: that says nothing of memory. */
  async #isAbove(): Promise<boolean> {
    try {
      return (await this.#measure()) > this.#maxBytes;
    } catch {
      return false;
    }
  }
}

/** What limits the memory of this process's group (Linux, cgroup version 2 or 1). */
async function limitedContainer(): Promise<Container | undefined> {
  const kinds = [
    { limit: `${V2}memory.max`, usage: `${V2}memory.current`, stat: `${V2}memory.stat` },
    { limit: `${V1}memory.limit_in_bytes`, usage: `${V1}memory.usage_in_bytes`, stat: `${V1}memory.stat` },
  ];
  for (const files of kinds) {
    const limit = await readFile(files.limit, 'utf8').then(Number, () => Number.NaN);
    // Version 1 says "none" with a number that no machine has.
    if (!(limit < totalmem())) continue;
    const used = async () => {
      const [usage, stat] = await Promise.all([readFile(files.usage, 'utf8'), readFile(files.stat, 'utf8')]);
      return Number(usage) - fileCache(stat);
    };
    return { limit, used };
  }
  return undefined;
}

/** Bytes of files that are kept in memory only as long as nobody else needs it. */
function fileCache(stat: string): number {
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return (
    (value('total_inactive_file') || value('inactive_file')) +
    (value('total_active_file') || value('active_file'))
  );
}
