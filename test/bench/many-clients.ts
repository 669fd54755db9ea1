import { Client } from '../support/client.ts';
import { type Benchmark, summarize } from './harness/benchmark.ts';
import { wave } from './harness/files.ts';
import { peakBytes, resetPeak, residentBytes } from './harness/memory.ts';
import { startServer } from './harness/processes.ts';
import { upload } from './harness/upload.ts';

const MB = 1e6;
const CLIENTS = 64;

/** Many uploads at once; each run has a server of its own, since memory that one run took is there for the next. */
export const manyClients: Benchmark = {
  name: 'many-clients',
  async *run({ quick, runs }) {
    const length = quick ? 5 * MB : 20 * MB;
    const growths: number[] = [];
    const seconds: number[] = [];
    let before = 0;
    for (let run = 0; run < runs; run++) {
      await using server = await startServer();
      const client = await Client.loggedIn(server.url);
      await upload(client, [wave('first.wav', MB)]);
      before = residentBytes(server.pid);
      resetPeak(server.pid);
      const started = performance.now();
      await Promise.all(
        Array.from({ length: CLIENTS }, (_, i) => upload(client, [wave(`${i}.wav`, length)])),
      );
      seconds.push((performance.now() - started) / 1000);
      growths.push((peakBytes(server.pid) - before) / MB);
    }
    yield {
      work: `${CLIENTS} clients, ${length / MB} MB each, at once: memory growth`,
      value: summarize(growths),
      unit: 'MB',
      bar: { atMost: 200 },
      ours: { summary: summarize(seconds), unit: 's' },
      note: `peak of resident memory less the ${(before / MB).toFixed(0)} MB before; each run on a fresh server`,
    };
  },
};
