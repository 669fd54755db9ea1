import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { makePictures, uniquePicture } from './harness/files.ts';
import { runBaseline, startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const COUNT = 50;

/** Many pictures in one mutation, against writing and examining the same buffers. */
export const pictures: Benchmark = {
  name: 'pictures',
  async *run({ runs }) {
    await using server = await startServer();
    await using directory = await temporaryDirectory();
    const client = await Client.loggedIn(server.url);
    const originals = await makePictures(COUNT);
    const source = join(directory.path, 'source');
    await mkdir(source);
    for (const [i, picture] of originals.entries()) await writeFile(join(source, `${i}.jpg`), picture);

    const plain = async (atOnce: number) => {
      const target = join(directory.path, 'target');
      await mkdir(target);
      const { ms } = await runBaseline<{ ms: number }>('pictures.ts', source, target, String(atOnce));
      await rm(target, { recursive: true });
      return COUNT / (ms / 1000);
    };
    const [ours, loop, concurrent] = await alternate(
      runs,
      async () => {
        const ms = await upload(
          client,
          originals.map((picture, i) => uniquePicture(`${i}.jpg`, picture)),
        );
        await settled(client, COUNT);
        return COUNT / (ms / 1000);
      },
      () => plain(1),
      () => plain(8),
    );
    const average = originals.reduce((sum, { byteLength }) => sum + byteLength, 0) / COUNT / 1000;
    yield {
      work: `${COUNT} JPEGs of ${average.toFixed(0)} kB in one mutation`,
      value: ratios(ours, loop),
      unit: '×',
      bar: { atLeast: 0.5 },
      ours: { summary: summarize(ours), unit: 'files/s' },
      baseline: { summary: summarize(loop), unit: 'files/s' },
      note: 'baseline: a loop that writes, fsyncs and sharp.metadata()s the same buffers',
    };
    yield {
      work: '  the same, the baseline doing 8 at once',
      value: ratios(ours, concurrent),
      unit: '×',
      ours: { summary: summarize(ours), unit: 'files/s' },
      baseline: { summary: summarize(concurrent), unit: 'files/s' },
    };
  },
};
