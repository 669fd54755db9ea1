import { join } from 'node:path';
import sharp from 'sharp';
import { Client } from '../support/client.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { alternate, type Benchmark, type Line, ratios, summarize } from './harness/benchmark.ts';
import { findNginx, type GetLoad, type GetOrder, getLoad, startNginx } from './harness/downloads.ts';
import { type UploadFile, uniquePicture, wave } from './harness/files.ts';
import { peakBytes, resetPeak, residentBytes } from './harness/memory.ts';
import { type RunningStockroom, startServer } from './harness/processes.ts';
import { settled, upload } from './harness/upload.ts';

const MB = 1e6;
const SLOW_CLIENTS = 200;
const SLOW_RATE = 100_000;

/** The same file behind both servers. */
interface Target {
  readonly ours: string;
  readonly theirs: string;
  readonly sha256: string;
}

/** Downloads, against nginx with one process on the same files. */
export const delivery: Benchmark = {
  name: 'delivery',
  async *run({ quick, runs }) {
    await using server = await startServer();
    const client = await Client.loggedIn(server.url);
    const nginx = findNginx();
    if (nginx) yield* againstNginx({ nginx, server, client, quick, runs });
    else console.log('delivery: skipped but for memory, nginx is not on this machine');
    yield await slowClients(server, client, quick);
  },
};

async function* againstNginx({
  nginx,
  server,
  client,
  quick,
  runs,
}: {
  nginx: string;
  server: RunningStockroom;
  client: Client;
  quick: boolean;
  runs: number;
}): AsyncGenerator<Line> {
  const files = join(server.dataDir, 'files');
  await using directory = await temporaryDirectory();
  await using baseline = await startNginx(nginx, files, directory.path);
  const publish = async (file: UploadFile): Promise<Target> => {
    await upload(client, [file]);
    const { url, sha256 } = await newest(client);
    return { ours: url, theirs: `${baseline.url}/${await keyOf(files, file.length)}`, sha256 };
  };
  const seconds = quick ? 2 : 5;
  const compare = async (ours: GetOrder, theirs: GetOrder) =>
    await alternate(
      runs,
      () => getLoad(ours),
      () => getLoad(theirs),
    );
  const throughput = (loads: readonly GetLoad[]) => loads.map((load) => load.bytes / load.seconds / MB);
  const rate = (loads: readonly GetLoad[]) => loads.map((load) => load.answers / load.seconds);
  const p99 = (loads: readonly GetLoad[]) => loads.map((load) => load.p99);
  const line = (work: string, atLeast: number, unit: string, ours: number[], theirs: number[]): Line => ({
    work,
    value: ratios(ours, theirs),
    unit: '×',
    bar: { atLeast },
    ours: { summary: summarize(ours), unit },
    baseline: { summary: summarize(theirs), unit },
  });

  for (const [label, length, connections, atLeast] of [
    ['1 GB file, one connection', 1000 * MB, 1, 0.85],
    ['200 MB file, 16 connections', 200 * MB, 16, 0.8],
  ] as const) {
    const target = await publish(wave(`${connections}.wav`, length));
    const order = { connections, seconds: 0 };
    const [ours, theirs] = await compare({ ...order, url: target.ours }, { ...order, url: target.theirs });
    yield line(label, atLeast, 'MB/s', throughput(ours), throughput(theirs));
  }

  const picture = await makePicture();
  const target = await publish(picture);
  await settled(client, 1);
  const order = { connections: 32, seconds };
  const label = `${(picture.length / 1000).toFixed(0)} kB public picture, ${order.connections} connections`;
  const [ours, theirs] = await compare({ ...order, url: target.ours }, { ...order, url: target.theirs });
  yield {
    ...line(label, 0.5, 'req/s', rate(ours), rate(theirs)),
    note: 'ours writes a log line for each request, nginx none',
  };
  yield {
    work: '  the same: p99',
    value: ratios(p99(ours), p99(theirs)),
    unit: '×',
    bar: { atMost: 3 },
    ours: { summary: summarize(p99(ours)), unit: 'ms' },
    baseline: { summary: summarize(p99(theirs)), unit: 'ms' },
  };
  const tag = (await fetch(target.theirs)).headers.get('etag') ?? '';
  const [unchanged, theirUnchanged] = await compare(
    { ...order, url: target.ours, headers: { 'if-none-match': `"${target.sha256}"` } },
    { ...order, url: target.theirs, headers: { 'if-none-match': tag } },
  );
  yield line('  the same, conditional: 304', 0.5, 'req/s', rate(unchanged), rate(theirUnchanged));
}

async function slowClients(server: RunningStockroom, client: Client, quick: boolean): Promise<Line> {
  await upload(client, [wave('slow.wav', 200 * MB)]);
  const { url } = await newest(client);
  await getLoad({ url, connections: 1, seconds: 0 });
  const before = residentBytes(server.pid);
  resetPeak(server.pid);
  const load = await getLoad({
    url,
    connections: SLOW_CLIENTS,
    seconds: quick ? 5 : 20,
    bytesPerSecond: SLOW_RATE,
  });
  const each = load.bytes / load.seconds / SLOW_CLIENTS / 1000;
  return {
    work: `${SLOW_CLIENTS} clients that read 100 kB/s: memory growth`,
    value: summarize([(peakBytes(server.pid) - before) / MB]),
    unit: 'MB',
    bar: { atMost: 100 },
    note: `each took ${each.toFixed(0)} kB/s; peak of resident memory less the ${(before / MB).toFixed(0)} MB before`,
  };
}

async function newest(client: Client): Promise<{ url: string; sha256: string }> {
  const { materials } = await client.data<{
    materials: { edges: { node: { url: string; sha256: string } }[] };
  }>('{ materials(first: 1) { edges { node { url sha256 } } } }');
  const [edge] = materials.edges;
  if (!edge) throw new Error('there is no material');
  return edge.node;
}

/** The key of the one stored file of this size. */
async function keyOf(files: string, bytes: number): Promise<string> {
  for await (const key of new Bun.Glob('**').scan(files)) {
    if (Bun.file(join(files, key)).size === bytes) return key;
  }
  throw new Error(`no file of ${bytes} bytes is stored`);
}

/** A JPEG of some 60 kB. */
async function makePicture(): Promise<UploadFile> {
  const noise = { type: 'gaussian', mean: 128, sigma: 10 } as const;
  const create = { width: 740, height: 560, channels: 3, background: '#000', noise } as const;
  return uniquePicture('picture.jpg', await sharp({ create }).jpeg({ quality: 80 }).toBuffer());
}
