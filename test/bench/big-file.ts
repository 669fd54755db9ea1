import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { wave } from './harness/files.ts';
import { peakBytes, resetPeak, residentBytes } from './harness/memory.ts';
import { startBaseline, startServer } from './harness/processes.ts';
import { post } from './harness/send.ts';
import { upload } from './harness/upload.ts';

const MB = 1e6;

/** One large file in a mutation, against the same bytes as the bare body of a request. */
export const bigFile: Benchmark = {
  name: 'big-file',
  async *run({ quick, runs }) {
    const length = quick ? 250 * MB : 1000 * MB;
    const label = quick ? '250 MB' : '1 GB';
    await using server = await startServer();
    await using baseline = await startBaseline('raw-body.ts');
    const client = await Client.loggedIn(server.url);
    await upload(client, [wave('first.wav', MB)]);

    const before = residentBytes(server.pid);
    const growths: number[] = [];
    const [ours, theirs] = await alternate(
      runs,
      async () => {
        resetPeak(server.pid);
        const ms = await upload(client, [wave('big.wav', length)]);
        growths.push((peakBytes(server.pid) - before) / MB);
        await freeDisk(server.dataDir);
        return ms / 1000;
      },
      async () => {
        const { status, ms } = await post(baseline.url, {}, wave('', length));
        if (status !== 200) throw new Error(`the baseline answered ${status}`);
        await freeDisk(server.dataDir);
        return ms / 1000;
      },
    );
    yield {
      work: `one ${label} file by GraphQL multipart: time`,
      value: ratios(ours, theirs),
      unit: '×',
      bar: { atMost: 1.5 },
      ours: { summary: summarize(ours), unit: 's' },
      baseline: { summary: summarize(theirs), unit: 's' },
      note: 'baseline: the same bytes as a bare body, written, hashed (sha256) and fsynced',
    };
    yield {
      work: `one ${label} file: growth of resident memory`,
      value: summarize(growths),
      unit: 'MB',
      bar: { atMost: 64 },
      note: `peak of each of ${growths.length} uploads less the ${(before / MB).toFixed(0)} MB before the first`,
    };
  },
};

/**
 * Gives back what a run wrote, and waits for the disk. A side that keeps its files would take over the blocks that the
 * other frees, while the other always gets new ones, which thinly provisioned disks write at half the speed.
 */
async function freeDisk(dataDir: string): Promise<void> {
  for await (const name of new Bun.Glob('**').scan(join(dataDir, 'files')))
    await rm(join(dataDir, 'files', name));
  if (Bun.spawnSync(['sync']).exitCode !== 0) throw new Error('sync failed');
}
