import { describe, expect, test } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Client, fixture } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { childrenOf, hasProc, isAlive } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

/** Takes a second or more to encode. */
const SLOW = 'format=avif&w=1200';
const DECODER = 'render-process';

async function withPhoto(server: StockroomServer): Promise<(query: string) => Promise<Response>> {
  const client = await Client.loggedIn(server.url);
  const [photo] = await client.upload([await fixture('photo.jpg')]);
  return (query) => fetch(`${server.url}/files${photo?.basePath}?${query}`);
}

const decoder = (server: StockroomServer) =>
  until('a decoder to run', () => childrenOf(server.process.pid, DECODER)[0]);

describe.skipIf(missing('/proc', hasProc))('a decoder', () => {
  test('that is killed costs its request, and not the server', async () => {
    await using server = await startStockroom();
    const get = await withPhoto(server);
    const slow = get(SLOW);
    const pid = await decoder(server);
    // Its start is no fault of the picture; from here on it decodes.
    await get('w=64').then((answer) => answer.arrayBuffer());
    process.kill(pid, 'SIGKILL');
    expect([200, 422]).toContain((await slow).status);
    const next = await get('w=320');
    expect((await sharp(await next.arrayBuffer()).metadata()).width).toBe(320);
  });

  test('ends with a server that is killed', async () => {
    await using directory = await temporaryDirectory();
    const server = await startStockroom({ dataDir: directory.path });
    const get = await withPhoto(server);
    const slow = get(SLOW).catch(() => 'cut');
    const pid = await decoder(server);
    await server.kill();
    await slow;
    await until('the decoder to be gone', () => !isAlive(pid) || undefined);
    await using again = await startStockroom({ dataDir: directory.path });
    expect(
      filesBelow(join(again.dataDir, 'variants')).filter((name) => name.includes('/') === false),
    ).toEqual([]);
  });

  test('is there only while there are pictures to decode', async () => {
    await using server = await startStockroom();
    expect(childrenOf(server.process.pid, DECODER)).toEqual([]);
    const get = await withPhoto(server);
    await get('w=64');
    const pid = await decoder(server);
    await until('the decoder to be gone', () => !isAlive(pid) || undefined, 15_000);
  });
});

test.skipIf(missing('a file system of its own', canMount()))(
  'a full disk under the cache costs no answer, and what there is room for is kept',
  async () => {
    await using directory = await temporaryDirectory();
    const disk = join(directory.path, 'variants');
    await mkdir(disk);
    using _disk = mountSmallDisk(disk, 1);
    await using server = await startStockroom({
      dataDir: directory.path,
      env: { VARIANT_CACHE_BYTES: '100000000' },
    });
    const get = await withPhoto(server);
    for (const query of ['w=1200&format=png', 'w=960&format=png', 'w=64', 'w=1200&format=png']) {
      const answer = await get(query);
      expect([query, answer.status]).toEqual([query, 200]);
      const { width } = await sharp(await answer.arrayBuffer()).metadata();
      expect(query).toContain(`w=${width}`);
    }
    const kept = filesBelow(disk);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toEndWith('.jpeg');
  },
);
