import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, fixture, type GraphQLAnswer } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { FORM_TYPE, formBody, operations, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { describeEachPlace, type Place } from '../support/places.ts';
import { RawRequest } from '../support/raw-request.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { countMaterials, sendForm, uploadParts } from '../support/upload.ts';

const MAX_FILE_BYTES = 1024 * 1024;

describeEachPlace('uploading materials', (freshPlace) => {
  let server: StockroomServer;
  let client: Client;
  let place: Place;
  beforeAll(async () => {
    place = await freshPlace();
    const env = { ...place.env, MAX_FILE_BYTES: String(MAX_FILE_BYTES) };
    server = await startStockroom({ env });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const storedFiles = () => place.storedFiles(server.dataDir);
  const spooledFiles = () => filesBelow(join(server.dataDir, 'spool'));

  test('answers for each file in the order of the list, and a bad one does not fail the others', async () => {
    const results = await client.upload([
      await fixture('photo.jpg'),
      new File(['just text'], 'notes.jpg'),
      await fixture('index-last.mp4'),
      new File([], 'empty.png'),
      await fixture('plain.mp3'),
      await fixture('picture.svg'),
      new File([(await (await fixture('photo.jpg')).bytes()).subarray(0, 20_000)], 'cut.jpg'),
    ]);
    expect(results.map(({ kind, code }) => kind ?? code)).toEqual([
      'IMAGE',
      'FILE_TYPE_NOT_ALLOWED',
      'VIDEO',
      'FILE_EMPTY',
      'AUDIO',
      'FILE_TYPE_NOT_ALLOWED',
      'FILE_DAMAGED',
    ]);
    expect(results.map(({ originFilename }) => originFilename)).toEqual([
      'photo.jpg',
      'notes.jpg',
      'index-last.mp4',
      'empty.png',
      'plain.mp3',
      'picture.svg',
      'cut.jpg',
    ]);
    expect(spooledFiles()).toEqual([]);
  });

  test('gives back the very bytes that came', async () => {
    const files = [await fixture('photo.jpg'), await fixture('index-first.mp4'), await fixture('plain.flac')];
    const results = await client.upload(files);
    for (const [index, file] of files.entries()) {
      const digest = sha256(await file.arrayBuffer());
      const result = results[index];
      expect(result?.sha256).toBe(digest);
      expect(result?.size).toBe(file.size);
      const answer = await fetch(String(result?.url));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(String(result?.mimeType));
      expect(sha256(await answer.arrayBuffer())).toBe(digest);
    }
  });

  test.each([
    ['backwards', [3, 2, 1, 0]],
    ['shuffled', [2, 0, 3, 1]],
  ])('takes the file parts %s and answers in the order of the list', async (_, order) => {
    const files = order.map((key) => ({ name: String(key), filename: `${key}.png`, value: uniquePng() }));
    const results = await uploadParts(client, [...uploadFields(order.length), ...files]);
    expect(results.map(({ originFilename }) => originFilename)).toEqual(['0.png', '1.png', '2.png', '3.png']);
    for (const { name, value } of files) expect(results[Number(name)]?.sha256).toBe(sha256(value));
  });

  test('takes a file at two places of the variables once and answers for both', async () => {
    const value = uniquePng();
    const results = await uploadParts(client, [
      { name: 'operations', value: operations({ mallId: 1, files: [null, null, null] }) },
      {
        name: 'map',
        value: JSON.stringify({ a: ['variables.files.0', 'variables.files.2'], b: ['variables.files.1'] }),
      },
      { name: 'a', filename: 'twice.png', value },
      { name: 'b', filename: 'once.png', value: uniquePng() },
    ]);
    expect(results.map(({ originFilename }) => originFilename)).toEqual([
      'twice.png',
      'once.png',
      'twice.png',
    ]);
    expect([results[2]]).toEqual([results[0]]);
  });

  test('refuses a file over the limit, keeps nothing of it, and stores the others', async () => {
    const before = { files: (await storedFiles()).length, rows: await countMaterials(client) };
    const atLimit = uniquePng(MAX_FILE_BYTES - uniquePng(0).byteLength - 100);
    const results = await client.upload([
      new File([uniquePng()], 'first.png'),
      new File([uniquePng(MAX_FILE_BYTES)], 'huge.png'),
      new File([atLimit], 'nearly.png'),
      new File([uniquePng(5 * MAX_FILE_BYTES)], 'enormous.png'),
      new File([uniquePng()], 'last.png'),
    ]);
    expect(results.map(({ code }) => code ?? 'stored')).toEqual([
      'stored',
      'FILE_TOO_LARGE',
      'stored',
      'FILE_TOO_LARGE',
      'stored',
    ]);
    expect(await storedFiles()).toHaveLength(before.files + 3);
    expect(await countMaterials(client)).toBe(before.rows + 3);
    expect(spooledFiles()).toEqual([]);
  });

  test('takes a file of exactly the limit, and none of a byte more', async () => {
    const overhead = uniquePng(0).byteLength;
    // Compressed pixels vary by a few bytes, so the ballast is fitted to what came out.
    const sized = (bytes: number): Uint8Array<ArrayBuffer> => {
      for (let ballast = bytes - overhead - 8; ; ballast++) {
        const picture = uniquePng(ballast);
        if (picture.byteLength === bytes) return picture;
      }
    };
    const results = await client.upload([
      new File([sized(MAX_FILE_BYTES)], 'exact.png'),
      new File([sized(MAX_FILE_BYTES + 1)], 'more.png'),
    ]);
    expect(results.map(({ code }) => code ?? 'stored')).toEqual(['stored', 'FILE_TOO_LARGE']);
  });

  test('keeps equal bytes of a mall once on disk, also when they come at the same time', async () => {
    const before = (await storedFiles()).length;
    const bytes = uniquePng();
    const batches = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        client.upload([new File([bytes], `a${i}.png`), new File([bytes], `b${i}.png`)]),
      ),
    );
    const results = batches.flat();
    expect(new Set(results.map(({ id }) => id)).size).toBe(16);
    expect(new Set(results.map(({ basePath }) => basePath)).size).toBe(16);
    expect(await storedFiles()).toHaveLength(before + 1);
    for (const { url } of results)
      expect(sha256(await (await fetch(String(url))).bytes())).toBe(sha256(bytes));
  });

  test('puts materials into a folder and finds them there', async () => {
    const folder = 'brand/春 2026';
    const [result] = await client.upload([new File([uniquePng()], 'a.png')], { folder });
    expect(result?.folder).toBe(folder);
    const { materials } = await client.data<{ materials: { edges: { node: { id: string } }[] } }>(
      'query ($folder: String) { materials(filter: { folder: $folder }) { edges { node { id } } } }',
      { folder },
    );
    expect(materials.edges.map(({ node }) => node.id)).toEqual([String(result?.id)]);
  });

  test('refuses folders that are no folders', async () => {
    for (const folder of ['a/../b', '..', './a', 'x'.repeat(5000)]) {
      const form = [
        {
          name: 'operations',
          value: JSON.stringify({
            query:
              'mutation ($f: [Upload!]!, $d: String) { uploadMaterials(mallId: 1, files: $f, folder: $d) { __typename } }',
            variables: { f: [null], d: folder },
          }),
        },
        { name: 'map', value: '{"0":["variables.f.0"]}' },
        { name: '0', filename: 'a.png', value: uniquePng() },
      ];
      const response = await sendForm(client, form);
      const answer = (await response.json()) as GraphQLAnswer;
      expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'PARAMS_INVALID']);
    }
  });

  test('answers NOT_FOUND for a mall that is not there, and keeps nothing', async () => {
    const before = await storedFiles();
    const response = await sendForm(client, [
      ...uploadFields(1, 4711),
      { name: '0', filename: 'a.png', value: uniquePng() },
    ]);
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([404, 'NOT_FOUND']);
    expect(await storedFiles()).toEqual(before);
    expect(spooledFiles()).toEqual([]);
  });

  test('lets a client that is not logged in read the answer although it sends 50 MB', async () => {
    const stranger = new Client(server.url);
    const response = await sendForm(stranger, [
      ...uploadFields(1),
      { name: '0', filename: 'a.png', value: new Uint8Array(50 * 1024 * 1024) },
    ]);
    const answer = (await response.json()) as GraphQLAnswer;
    expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([401, 'LOGIN_REQUIRED']);
  });

  test('answers a client that writes all of its body before it reads, on one connection', async () => {
    const body = formBody([
      ...uploadFields(1),
      { name: '0', filename: 'a.png', value: new Uint8Array(8 * 1024 * 1024) },
    ]);
    const request = await RawRequest.open(server.url, '/graphql', {
      'Content-Type': FORM_TYPE,
      'Content-Length': String(body.byteLength),
      'Apollo-Require-Preflight': 'true',
    });
    await request.write(body);
    const answer = await request.answer();
    expect(answer.status).toBe(401);
    request.close();
  });
});
