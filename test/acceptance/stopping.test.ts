import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { sha256 } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const PLANT = { BUN_OPTIONS: `--preload=${join(projectRoot, 'test/support/plant-faults.ts')}` };
/** More than the system's buffers for a connection hold. */
const BYTES = 30_000_000;

/** A client that has begun to read a large file, and does not go on by itself. */
async function beginDownload(server: StockroomServer) {
  const client = await Client.loggedIn(server.url);
  const picture = uniquePng(BYTES);
  const [material] = await client.upload([new File([picture], 'large.png')]);
  const request = await RawRequest.open(server.url, new URL(String(material?.url)).pathname, {}, 'GET');
  await request.received(1000);
  request.pause();
  return { request, picture };
}

describe('a server that stops', () => {
  test('sends a download to its end, and ends with 0', async () => {
    await using server = await startStockroom();
    const { request, picture } = await beginDownload(server);
    server.process.kill('SIGTERM');
    await until('the signal to be seen', () => server.output().includes('"stopping"') || undefined);
    request.resume();
    const answer = await request.answer(30_000);
    expect(sha256(answer.body)).toBe(sha256(picture));
    request.close();
    expect(await server.process.exited).toBe(0);
  }, 60_000);

  test('cuts what takes longer than it may, says so, and ends with 0', async () => {
    await using server = await startStockroom({ env: { SHUTDOWN_SECONDS: '1' } });
    const { request } = await beginDownload(server);
    server.process.kill('SIGTERM');
    expect(await server.process.exited).toBe(0);
    expect(server.output()).toContain('requests were cut that took too long to end');
    request.reset();
  }, 60_000);

  test('because of an error drains once, however many errors come, and ends with 1', async () => {
    await using server = await startStockroom({ env: PLANT });
    const { request, picture } = await beginDownload(server);
    for (const [signal, message] of [
      ['SIGUSR2', 'planted exception'],
      ['SIGWINCH', 'planted rejection'],
    ] as const) {
      server.process.kill(signal);
      await until(message, () => server.output().includes(message) || undefined);
    }
    // The first signal to stop is no reason to hurry either.
    server.process.kill('SIGTERM');
    await until('the signal to be seen', () => server.output().includes('"stopping"') || undefined);
    request.resume();
    expect(sha256((await request.answer(30_000)).body)).toBe(sha256(picture));
    request.close();
    expect(await server.process.exited).toBe(1);
  }, 60_000);
});
