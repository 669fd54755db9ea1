import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, ratios, summarize } from './harness/benchmark.ts';
import { getLoad } from './harness/downloads.ts';
import { makePhoto, makePictures, uniquePicture } from './harness/files.ts';
import { runBaseline, startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const EACH = 4;
const CONNECTIONS = 32;
/** Makes `makePictures` give some 60 kB. */
const SMALL_QUALITY = 55;

/** Pictures made to measure: the first time against the plain libraries, from then on against an original. */
export const variants: Benchmark = {
  name: 'variants',
  async *run({ quick, runs }) {
    await using server = await startServer();
    await using directory = await temporaryDirectory();
    const client = await Client.loggedIn(server.url);
    const photo = await makePhoto();
    const source = join(directory.path, 'photo.jpg');
    await writeFile(source, photo);
    const count = EACH * (runs + 1);
    for (let i = 0; i < count; i++) await upload(client, [uniquePicture(`${i}.jpg`, photo)]);
    await settled(client, count);
    const urls = await addresses(client, count);
    const left = urls.values();

    const [ours, plain, thumbnails] = await alternate(
      runs,
      async () => {
        const started = performance.now();
        for (const url of left.take(EACH)) await fetched(url);
        return (performance.now() - started) / EACH;
      },
      async () => (await runBaseline<{ ms: number }>('variants.ts', source, String(EACH))).ms,
      () => vipsthumbnail(source, join(directory.path, 'thumbnail.webp')),
    );
    const faster = plain.map((ms, run) => Math.min(ms, thumbnails[run] ?? ms));
    yield {
      work: '12-megapixel JPEG to 400 px WebP, not cached',
      value: ratios(ours, faster),
      unit: '×',
      bar: { atMost: 1.15 },
      ours: { summary: summarize(ours), unit: 'ms' },
      baseline: { summary: summarize(faster), unit: 'ms' },
      note: `over HTTP, one after the other; baseline: the faster of sharp in a loop (${median(plain)} ms) and vipsthumbnail (${median(thumbnails)} ms)`,
    };

    const seconds = quick ? 1 : 5;
    const original = await smallOriginal(client);
    const bytes = await fetched(original);
    const variant = urls[0] ?? '';
    const load = async (url: string) => {
      const { answers, seconds: took } = await getLoad({ url, connections: CONNECTIONS, seconds });
      return answers / took;
    };
    await load(variant);
    const [kept, whole] = await alternate(
      runs,
      () => load(variant),
      () => load(original),
    );
    yield {
      work: '  the same, cached',
      value: ratios(kept, whole),
      unit: '×',
      bar: { atLeast: 0.8 },
      ours: { summary: summarize(kept), unit: 'req/s' },
      baseline: { summary: summarize(whole), unit: 'req/s' },
      note: `${CONNECTIONS} connections; baseline: an original JPEG of ${(bytes / 1000).toFixed(0)} kB`,
    };
  },
};

/** Of the pictures that were uploaded last. */
async function addresses(client: Client, first: number): Promise<string[]> {
  const { materials } = await client.data<{ materials: { edges: { node: { url: string } }[] } }>(
    'query ($first: Int!) { materials(first: $first) { edges { node { url(width: 400, format: WEBP, quality: 80) } } } }',
    { first },
  );
  return materials.edges.map(({ node }) => node.url);
}

async function smallOriginal(client: Client): Promise<string> {
  const [picture = new Uint8Array()] = await makePictures(1, SMALL_QUALITY);
  await upload(client, [uniquePicture('small.jpg', picture)]);
  await settled(client, 1);
  const [url = ''] = await addresses(client, 1);
  return url.slice(0, url.indexOf('&'));
}

/** @returns the number of bytes that came. */
async function fetched(url: string): Promise<number> {
  const answer = await fetch(url);
  const bytes = await answer.arrayBuffer();
  if (answer.status !== 200 || bytes.byteLength === 0) throw new Error(`${url}: ${answer.status}`);
  return bytes.byteLength;
}

/** ms of one run of the command, which starts a process each time. */
async function vipsthumbnail(source: string, target: string): Promise<number> {
  const command = Bun.which('vipsthumbnail');
  if (command === null) return Number.POSITIVE_INFINITY;
  const started = performance.now();
  for (let i = 0; i < EACH; i++) {
    const child = Bun.spawn([command, source, '--size', '400', '-o', `${target}[Q=80,strip]`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if ((await child.exited) !== 0) throw new Error('vipsthumbnail failed');
  }
  const ms = (performance.now() - started) / EACH;
  await rm(target);
  return ms;
}

function median(values: readonly number[]): string {
  return summarize(values).median.toFixed(0);
}
