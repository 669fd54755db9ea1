import { poolState } from './adapters/db/pool.ts';
import type { Renderer } from './adapters/media/index.ts';
import { registerProcess } from './adapters/process/process-metrics.ts';
import type { DiskCache } from './adapters/storage/disk-cache.ts';
import { freeBytes } from './adapters/storage/disk-space.ts';
import type { Metrics } from './lib/metrics/metrics.ts';
import type { Services } from './services/context.ts';

const packageFile = new URL('../package.json', import.meta.url);

interface Parts
  extends Pick<
    Services,
    'db' | 'spool' | 'prober' | 'passwords' | 'smallFileBytes' | 'files' | 'variants' | 'readiness'
  > {
  readonly renderer: Renderer;
  readonly cache: DiskCache;
  readonly dataDir: string;
}

/** Lets `metrics` read what the parts of the server know of themselves; nothing is read before it is asked for. */
export async function registerGauges(metrics: Metrics, parts: Parts): Promise<void> {
  const { db, spool, prober, passwords, smallFileBytes, files, variants, readiness, renderer, cache } = parts;
  const { version } = (await Bun.file(packageFile).json()) as { version: string };
  registerProcess(metrics);
  metrics.read(
    'gauge',
    'stockroom_build_info',
    'Release and runtime; always 1.',
    () => [[[version, Bun.version], 1]],
    ['version', 'bun'],
  );
  metrics.read(
    'gauge',
    'stockroom_dependency_up',
    'Whether a dependency does what it should, as /readyz tells.',
    () => Object.entries(readiness.latest).map(([name, { state }]) => [[name], state === 'up' ? 1 : 0]),
    ['dependency'],
  );

  const work = { decoding: () => renderer.load, probing: () => prober.load, passwords: () => passwords };
  const works = Object.entries(work);
  metrics.read(
    'gauge',
    'stockroom_work_running',
    'Tasks that run now, of those of which a bounded number may.',
    () => works.map(([name, load]) => [[name], load().running]),
    ['work'],
  );
  metrics.read(
    'gauge',
    'stockroom_work_waiting',
    'Tasks that wait for their turn.',
    () => works.map(([name, load]) => [[name], load().waiting]),
    ['work'],
  );
  metrics.read(
    'gauge',
    'stockroom_database_connections',
    'Connections of the pool, by what they do.',
    () => {
      const { idle, busy, connecting } = poolState(db.$client);
      return [
        [['idle'], idle],
        [['busy'], busy],
        [['connecting'], connecting],
      ];
    },
    ['state'],
  );
  metrics.read(
    'gauge',
    'stockroom_database_waiting',
    'Statements that wait for a connection.',
    () => poolState(db.$client).waiting,
  );

  metrics.read(
    'gauge',
    'stockroom_spool_bytes',
    'Local disk that uploads in flight use.',
    () => spool.bytes.used,
  );
  metrics.read(
    'gauge',
    'stockroom_spool_capacity_bytes',
    'Local disk that uploads in flight may use.',
    () => spool.bytes.capacity,
  );
  metrics.read(
    'gauge',
    'stockroom_small_file_bytes',
    'Memory of small files that wait to be examined.',
    () => smallFileBytes.used,
  );
  metrics.read('gauge', 'stockroom_disk_free_bytes', 'Free disk below DATA_DIR.', () =>
    freeBytes(parts.dataDir),
  );
  metrics.read(
    'gauge',
    'stockroom_variant_cache_bytes',
    'Disk that variants of pictures use.',
    () => cache.bytes,
  );
  const caches = { files: () => files.uses, variants: () => variants.uses };
  metrics.read(
    'counter',
    'stockroom_cache_requests_total',
    'Questions to the caches of file rows and of variants, by whether they knew.',
    () =>
      Object.entries(caches).flatMap(([name, uses]) => [
        [[name, 'hit'], uses().hits] as const,
        [[name, 'miss'], uses().misses] as const,
      ]),
    ['cache', 'result'],
  );
}
