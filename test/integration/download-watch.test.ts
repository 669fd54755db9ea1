import { expect, test } from 'bun:test';
import { DownloadWatch } from '../../src/api/http/download-watch.ts';
import { RawRequest } from '../support/raw-request.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

/** Bun counts in steps of four. */
const SECONDS = 8;

test('a download outlives the timeout while the system sends, and is cut when it sends no more', async () => {
  await using directory = await temporaryDirectory();
  const file = Bun.file(`${directory.path}/large`);
  await Bun.write(file, new Uint8Array(64 * 1024 * 1024));
  let client = 0;
  let queue = 1_000_000;
  let isSending = true;
  const watch = new DownloadWatch({
    readQueues: async () => {
      if (isSending) queue--;
      return new Map([[client, String(queue)]]);
    },
    stallSeconds: SECONDS,
    checkMs: 500,
  });
  let isCut = false;
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: SECONDS,
    development: false,
    fetch(request, bunServer) {
      client = bunServer.requestIP(request)?.port ?? 0;
      request.signal.addEventListener('abort', () => {
        isCut = true;
      });
      watch.watch(request, bunServer);
      return new Response(file);
    },
  });
  const request = await RawRequest.open(server.url.href, '/', {}, 'GET');
  await request.received(1);
  request.pause();
  // Three times the timeout: that time passes is what is tested.
  await Bun.sleep(3 * SECONDS * 1000);
  expect(isCut).toBe(false);
  isSending = false;
  await until('the download to be cut', () => isCut || undefined, 5 * SECONDS * 1000);
  request.reset();
  await server.stop(true);
}, 60_000);
