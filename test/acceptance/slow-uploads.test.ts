import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const KIB = 1024;
/** Longer than the 60 s after which the server ends idle connections. */
const SLOW_SECONDS = 66;
const BYTES_PER_SECOND = 50 * KIB;
const STALL_SECONDS = 30;

describe.concurrent('an upload that', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const open = (path: string, headers: Record<string, string>) =>
    RawRequest.open(server.url, path, {
      Cookie: client.cookie ?? '',
      'Content-Type': FORM_TYPE,
      'Apollo-Require-Preflight': 'true',
      ...headers,
    });

  test.each([
    ['/graphql', uploadFields(1)],
    ['/malls/1/upload_batch', []],
  ] as const)(
    'is slow but steady succeeds, however long it takes, at %s',
    async (path, fields) => {
      const picture = uniquePng(SLOW_SECONDS * BYTES_PER_SECOND);
      const body = concat([
        ...fields.flatMap((part) => [partHead(part), part.value, '\r\n']),
        partHead({ name: '0', filename: 'slow.png' }),
        picture,
        `\r\n${END}`,
      ]);
      const request = await open(path, { 'Content-Length': String(body.byteLength) });
      const step = BYTES_PER_SECOND / 5;
      for (let at = 0; at < body.byteLength; at += step) {
        await request.write(body.subarray(at, at + step));
        // The pace is what is tested.
        await Bun.sleep(200);
      }
      const answer = await request.answer();
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(path === '/graphql' ? sha256(picture) : '"success":true');
      request.close();
    },
    100_000,
  );

  test.each([
    ['/graphql', 'in the middle of a file', uploadFields(1)],
    ['/graphql', 'in the middle of its fields', []],
    ['/malls/1/upload_batch', 'in the middle of a file', []],
  ] as const)(
    'stalls at %s %s is cut after 30 s and leaves nothing behind',
    async (path, where, fields) => {
      const started = performance.now();
      const request = await open(path, { 'Content-Length': '10000000' });
      if (where === 'in the middle of a file') {
        const file = [partHead({ name: '0', filename: `stalled.png` }), uniquePng(100 * KIB)];
        await request.write(
          concat([...fields.flatMap((part) => [partHead(part), part.value, '\r\n']), ...file]),
        );
      } else {
        await request.write(partHead({ name: 'operations' }));
      }
      const answer = await request.answer((STALL_SECONDS + 15) * 1000);
      const seconds = (performance.now() - started) / 1000;
      expect(answer.status).toBe(408);
      expect(answer.text).toContain(path === '/graphql' ? 'REQUEST_TIMEOUT' : '"code"');
      expect(seconds).toBeGreaterThan(STALL_SECONDS - 2);
      expect(seconds).toBeLessThan(STALL_SECONDS + 10);
      request.close();
    },
    60_000,
  );

  test('takes its time between connecting and the first byte is cut as well', async () => {
    const request = await open('/graphql', { 'Content-Length': '10000000' });
    expect((await request.answer((STALL_SECONDS + 15) * 1000)).status).toBe(408);
    request.close();
  }, 60_000);

  test('has gone leaves an empty spool in the end', async () => {
    const spooled = () => filesBelow(join(server.dataDir, 'spool')).length;
    await until('the slow uploads to begin', () => spooled() >= 2 || undefined);
    await until('all of them to end', () => spooled() === 0 || undefined, 100_000);
  }, 110_000);
});
