import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng, wavPieces } from '../support/pictures.ts';
import { describeEachStore, type Place } from '../support/places.ts';
import { hasProc, openFiles, residentBytes } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';
import { countMaterials, streamOf } from '../support/upload.ts';

const MIB = 1024 * 1024;
const CLIENTS = 20;
/** Within which nothing may be left of a client that has gone. */
const PATIENCE_MS = 20_000;
/** A few connections to the database may be open that were not before. */
const SPARE_FILES = 8;

const FIELDS = concat(uploadFields(2).flatMap((part) => [partHead(part), part.value, '\r\n']));
const firstFile = () => concat([partHead({ name: '0', filename: 'whole.png' }), uniquePng(), '\r\n']);
const SECOND_HEAD = partHead({ name: '1', filename: 'cut.png' });

/** How a client leaves while its second file is under way. */
const LEAVING: Record<string, (client: Client, url: string) => Promise<void>> = {
  async 'resets the connection'(client, url) {
    const request = await sendHalf(client, url, { 'Content-Length': String(50 * MIB) });
    request.reset();
  },
  async 'closes the connection'(client, url) {
    const request = await sendHalf(client, url, { 'Content-Length': String(50 * MIB) });
    request.close();
  },
  async 'leaves before the first file'(client, url) {
    const request = await open(client, url, { 'Content-Length': String(50 * MIB) });
    await request.write(FIELDS.subarray(0, 100));
    request.reset();
  },
  async 'leaves between two files'(client, url) {
    const request = await open(client, url, { 'Content-Length': String(50 * MIB) });
    await request.write(concat([FIELDS, firstFile()]));
    request.close();
  },
  async 'cuts a chunk'(client, url) {
    const request = await open(client, url, { 'Transfer-Encoding': 'chunked' });
    await request.chunk(concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(MIB)]));
    await request.write(`${(MIB).toString(16)}\r\nhalf of it`);
    request.close();
  },
  async 'sends a broken chunk'(client, url) {
    const request = await open(client, url, { 'Transfer-Encoding': 'chunked' });
    await request.chunk(concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(MIB)]));
    await request.write('no length\r\n');
    await until('the server to end it', () => request.closed || undefined);
  },
  async 'ends the body in the middle of a file'(client, url) {
    const body = concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(MIB)]);
    await expectRefused(client, url, body);
  },
  async 'leaves out the last boundary'(client, url) {
    const body = concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(), '\r\n']);
    await expectRefused(client, url, body);
  },
  async 'ends the last boundary too early'(client, url) {
    const body = concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(), '\r\n', END.slice(0, -4)]);
    await expectRefused(client, url, body);
  },
  async 'sends rubbish after the last file'(client, url) {
    const body = concat([
      FIELDS,
      firstFile(),
      SECOND_HEAD,
      uniquePng(),
      '\r\n',
      END.replace('--\r\n', '\r\n'),
      'x',
    ]);
    await expectRefused(client, url, body);
  },
};

describeEachStore('a client that', (freshPlace) => {
  let server: StockroomServer;
  let client: Client;
  let place: Place;
  beforeAll(async () => {
    place = await freshPlace();
    server = await startStockroom({ env: place.env });
    client = await Client.loggedIn(server.url);
    // Fills the pools, so that what is open later can be compared.
    await Promise.all(
      Array.from({ length: CLIENTS }, () => client.upload([new File([uniquePng()], 'a.png')])),
    );
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const spooled = () => filesBelow(join(server.dataDir, 'spool')).length;
  const kept = async () => ({
    files: (await place.storedFiles(server.dataDir)).length,
    spooled: spooled(),
  });

  /** Each that has ended has its line in the log. */
  const requests = () => server.output().split('"msg":"request"').length - 1;

  /** Waits for the lines of all requests that have ended: what the server writes comes a while later. */
  const logged = async () => {
    const path = `/nothing/${crypto.randomUUID()}`;
    await client.send(path);
    await until('the log', async () => server.output().includes(path) || undefined);
  };

  test.each(Object.entries(LEAVING))('%s leaves nothing behind', async (_, leave) => {
    const before = { ...(await kept()), rows: await countMaterials(client) };
    const filesOpen = hasProc ? openFiles(server.process.pid) : 0;
    expect(before.spooled).toBe(0);
    await logged();
    const requestsBefore = requests();
    await Promise.all(Array.from({ length: CLIENTS }, () => leave(client, server.url)));
    await until(
      'nothing to be left',
      async () => {
        const now = await kept();
        const open = hasProc ? openFiles(server.process.pid) : 0;
        const ended = requests() >= requestsBefore + CLIENTS;
        const clean = now.files === before.files && now.spooled === 0 && open <= filesOpen + SPARE_FILES;
        return (ended && clean) || undefined;
      },
      PATIENCE_MS,
    );
    expect(await countMaterials(client)).toBe(before.rows);
    expect(server.process.exitCode).toBeNull();
  });

  test.skipIf(!hasProc)('sends large files costs memory that does not depend on their size', async () => {
    const pid = server.process.pid;
    const uploadLarge = async (mib: number) => {
      let most = 0;
      async function* body() {
        yield concat([
          ...uploadFields(1).flatMap((p) => [partHead(p), p.value, '\r\n']),
          partHead({ name: '0', filename: 'noise.wav' }),
        ]);
        for (const piece of wavPieces(mib)) {
          yield piece;
          most = Math.max(most, residentBytes(pid));
        }
        yield concat(['\r\n', END]);
      }
      const response = await client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': '1' },
        body: streamOf(body()),
      });
      const answer = (await response.json()) as { data: { uploadMaterials: { size: number }[] } };
      expect(answer.data.uploadMaterials[0]?.size).toBe(44 + mib * MIB);
      return most;
    };
    // The first takes what the collector lets any stream of some size take.
    const smaller = await uploadLarge(160);
    const larger = await uploadLarge(480);
    expect(larger - smaller).toBeLessThan(64 * MIB);
  });

  test('leaves by the hundred costs no memory for ever', async () => {
    if (!hasProc) return;
    const leaveOnce = async () => {
      const request = await sendHalf(client, server.url, { 'Content-Length': String(50 * MIB) });
      request.reset();
    };
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: CLIENTS }, leaveOnce));
    const level = residentBytes(server.process.pid);
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: CLIENTS }, leaveOnce));
    await until(
      'the memory to be back near its level',
      () => residentBytes(server.process.pid) - level < 100 * MIB || undefined,
      PATIENCE_MS,
    );
    await until('the spool to be empty', () => spooled() === 0 || undefined, PATIENCE_MS);
  });
});

async function open(client: Client, url: string, headers: Record<string, string>): Promise<RawRequest> {
  return await RawRequest.open(url, '/graphql', {
    Cookie: client.cookie ?? '',
    'Content-Type': FORM_TYPE,
    'Apollo-Require-Preflight': 'true',
    ...headers,
  });
}

/** One file whole, a part of the second. */
async function sendHalf(client: Client, url: string, headers: Record<string, string>): Promise<RawRequest> {
  const request = await open(client, url, headers);
  await request.write(concat([FIELDS, firstFile(), SECOND_HEAD, uniquePng(MIB)]));
  return request;
}

/** Sends a body whose length is right and whose multipart form is not. */
async function expectRefused(client: Client, url: string, body: Uint8Array): Promise<void> {
  const request = await open(client, url, { 'Content-Length': String(body.byteLength) });
  await request.write(body);
  const answer = await request.answer();
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('MULTIPART_INVALID');
  request.close();
}
