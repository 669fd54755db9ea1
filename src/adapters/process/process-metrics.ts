import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from '../../lib/metrics/metrics.ts';

/** ms between two looks at the event loop. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Watches the process itself, under the names that Prometheus's own clients use. */
export function registerProcess(metrics: Metrics): void {
  const started = Date.now() / 1000 - process.uptime();
  metrics.read('gauge', 'process_start_time_seconds', 'Start of the process, since 1970.', () => started);
  metrics.read('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  metrics.read('counter', 'process_cpu_seconds_total', 'Processor time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  });
  metrics.read('gauge', 'process_open_fds', 'Open file descriptors.', openFiles);
  metrics.read(
    'gauge',
    'stockroom_event_loop_delay_seconds',
    'How late the event loop was since the last scrape: mean, 99th percentile, maximum.',
    eventLoopDelay(),
    ['statistic'],
  );
}

/** undefined where the system does not tell. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

/** Looks begin with the first reading: who never asks pays nothing. */
function eventLoopDelay(): () => [string[], number][] {
  let delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
  return () => {
    if (!delays) {
      delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delays.enable();
      return [];
    }
    if (delays.count === 0) return [];
    const { mean, max } = delays;
    const p99 = delays.percentile(99);
    delays.reset();
    return [
      [['mean'], mean / NANOSECONDS],
      [['p99'], p99 / NANOSECONDS],
      [['max'], max / NANOSECONDS],
    ];
  };
}
