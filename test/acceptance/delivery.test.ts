import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { sha256 } from '../support/files.ts';
import { wavPieces } from '../support/pictures.ts';
import { describeEachStore } from '../support/places.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

/** What the server keeps in memory, and what it does not. */
const SIZES = { 'a small picture': 0, 'a large sound': 3 } as const;
/** Larger answers are not put together in memory. */
const ASSEMBLED_BYTES = 1024 * 1024;
const CJK_NAME = '春の写真 "最終".jpg';

interface Kept {
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly modified: string;
}

describeEachStore('delivery', (fresh) => {
  let server: StockroomServer;
  const kept = new Map<string, Kept>();

  let isRemote: boolean;

  beforeAll(async () => {
    const { env } = await fresh();
    isRemote = env.STORAGE_URL !== undefined;
    server = await startStockroom({ env });
    const client = await Client.loggedIn(server.url);
    for (const [name, mib] of Object.entries(SIZES)) {
      const bytes = mib ? Buffer.concat([...wavPieces(mib)]) : await (await fixture('photo.jpg')).bytes();
      const [material] = await client.upload([new File([bytes], CJK_NAME)]);
      const url = String(material?.url);
      const { headers } = await fetch(url, { method: 'HEAD' });
      const [etag, modified] = [headers.get('etag'), headers.get('last-modified')];
      kept.set(name, { url, bytes, etag: String(etag), modified: String(modified) });
    }
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** The length that an answer tells; Bun tells none of what streams through it. */
  const told = (length: number) => (isRemote && length > ASSEMBLED_BYTES ? null : String(length));

  describe.each(Object.keys(SIZES))('delivering %s', (name) => {
    let file: Kept;
    let size: number;
    beforeAll(() => {
      file = kept.get(name) as Kept;
      size = file.bytes.byteLength;
    });
    const isToldOfStreams = ([name]: [string, string]) =>
      !(told(size) === null && /^(?:content-length|transfer-encoding)$/.test(name));
    const get = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
      fetch(file.url, { ...init, headers });

    test('sends all of it, with what caches and browsers need', async () => {
      for (const _ of ['first', 'from memory']) {
        const response = await get();
        expect(response.status).toBe(200);
        expect(await response.bytes()).toEqual(new Uint8Array(file.bytes));
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'accept-ranges': 'bytes',
          'cache-control': 'public, max-age=31536000, immutable',
          'content-security-policy': "default-src 'none'; sandbox",
          'cross-origin-resource-policy': 'cross-origin',
          etag: `"${sha256(file.bytes)}"`,
          'x-content-type-options': 'nosniff',
          'x-request-id': expect.stringMatching(/^[\w-]{36}$/),
        });
        expect(response.headers.get('content-length')).toBe(told(size));
        expect(response.headers.get('set-cookie')).toBeNull();
        expect(response.headers.get('content-disposition')).toBeNull();
      }
    });

    test('has to be asked for again where the URL has no version or a wrong one', async () => {
      const { origin, pathname } = new URL(file.url);
      for (const query of ['', '?v=0123456789abcdef', '?v=']) {
        const response = await fetch(`${origin}${pathname}${query}`);
        expect(response.headers.get('cache-control')).toBe('no-cache');
        expect(sha256(await response.bytes())).toBe(sha256(file.bytes));
      }
    });

    test.each([
      ['bytes=0-0', 0, 1],
      ['bytes=100-199', 100, 200],
      ['bytes=-7', -7, undefined],
      ['bytes=50000-', 50_000, undefined],
      ['bytes=0-99999999999999999999', 0, undefined],
      ['bytes=-99999999999999999999', 0, undefined],
      ['bytes= ,10-19, 20-29 ,', 10, 30],
      ['bytes=0-,0-,0-,0-,5-6', 0, undefined],
    ])('sends one part for %s', async (range, start, end) => {
      const response = await get({ Range: range });
      const expected = file.bytes.slice(start, end);
      const first = start < 0 ? size + start : start;
      expect(response.status).toBe(206);
      expect(response.headers.get('content-length')).toBe(told(expected.byteLength));
      expect(response.headers.get('content-range')).toBe(
        `bytes ${first}-${first + expected.byteLength - 1}/${size}`,
      );
      expect(response.headers.get('etag')).toBe(file.etag);
      expect(sha256(await response.bytes())).toBe(sha256(expected));
    });

    test('sends several parts in the order they were asked for', async () => {
      const response = await get({ Range: 'bytes=1000-1009,0-4,-3' });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBeNull();
      const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(
        response.headers.get('content-type') ?? '',
      )?.[1];
      const body = Buffer.from(await response.bytes()).toString('latin1');
      expect(response.headers.get('content-length')).toBe(String(body.length));
      const type = (await get()).headers.get('content-type');
      const expected = [
        [1000, 1010],
        [0, 5],
        [size - 3, size],
      ].map(([start = 0, end = 0]) => {
        const part = Buffer.from(file.bytes.subarray(start, end)).toString('latin1');
        return `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\n\r\n${part}`;
      });
      expect(body).toBe(`${expected.join('')}\r\n--${boundary}--\r\n`);
    });

    test.each(['bytes=5-2', 'bytes=x-y', 'items=0-1', 'bytes=0-1;2-3', `bytes=${'0-0,2-2,'.repeat(30)}`])(
      'sends all of it for %s',
      async (range) => {
        const response = await get({ Range: range });
        expect(response.status).toBe(200);
        expect(response.headers.get('content-range')).toBeNull();
        expect(sha256(await response.bytes())).toBe(sha256(file.bytes));
      },
    );

    test.each(['bytes=99999999-', 'bytes=99999999999999999999-', 'bytes=-0'])('refuses %s', async (range) => {
      const response = await get({ Range: range });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe(`bytes */${size}`);
      expect(await response.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE', status: 416 });
    });

    test('takes a range only where If-Range is of these bytes', async () => {
      const status = async (ifRange: string) => {
        const response = await get({ Range: 'bytes=0-9', 'If-Range': ifRange });
        const length = (await response.bytes()).byteLength;
        expect(length).toBe(response.status === 206 ? 10 : size);
        expect(response.headers.has('content-range')).toBe(response.status === 206);
        return response.status;
      };
      expect(await status(file.etag)).toBe(206);
      expect(await status(file.modified)).toBe(206);
      expect(await status('"other"')).toBe(200);
      expect(await status(`W/${file.etag}`)).toBe(200);
      expect(await status('Mon, 01 Jan 2024 00:00:00 GMT')).toBe(200);
    });

    test('is 304 for a copy that is the same', async () => {
      for (const headers of [
        { 'If-None-Match': file.etag },
        { 'If-None-Match': `"a,b", W/${file.etag}` },
        { 'If-None-Match': '*' },
        { 'If-Modified-Since': file.modified },
        {
          'If-None-Match': file.etag,
          'If-Modified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT',
          Range: 'bytes=0-0',
        },
      ]) {
        const response = await get(headers as Record<string, string>);
        expect(response.status).toBe(304);
        expect(await response.text()).toBe('');
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'cache-control': 'public, max-age=31536000, immutable',
          date: expect.any(String),
          etag: file.etag,
          'last-modified': file.modified,
        });
        expect(response.headers.get('content-type')).toBeNull();
      }
      expect((await get({ 'If-None-Match': '"x"', 'If-Modified-Since': file.modified })).status).toBe(200);
    });

    test('is 412 for a request that expects another one', async () => {
      for (const headers of [
        { 'If-Match': '"other"' },
        { 'If-Match': `W/${file.etag}` },
        { 'If-Unmodified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' },
      ]) {
        const response = await get(headers as Record<string, string>);
        expect(response.status).toBe(412);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
        const { code, requestId } = (await response.json()) as { code: string; requestId: string };
        expect(code).toBe('PRECONDITION_FAILED');
        expect(requestId).toBe(String(response.headers.get('x-request-id')));
      }
      expect((await get({ 'If-Match': `"x", ${file.etag}`, Range: 'bytes=0-0' })).status).toBe(206);
    });

    test('answers HEAD as it answers GET, without the bytes', async () => {
      for (const headers of [
        {},
        { 'If-None-Match': file.etag },
        { 'If-Match': '"other"' },
        { 'If-Unmodified-Since': file.modified },
      ] as Record<string, string>[]) {
        const [whole, head] = [await get(headers), await get(headers, { method: 'HEAD' })];
        await whole.bytes();
        expect(await head.text()).toBe('');
        expect(head.status).toBe(whole.status);
        expect(shape(head).filter(isToldOfStreams)).toEqual(shape(whole).filter(isToldOfStreams));
      }
      // Range is defined for GET alone (RFC 9110, section 14.2).
      const head = await get({ Range: 'bytes=0-9' }, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(size)]);
    });

    test('is an attachment under its own name when that is asked for', async () => {
      const response = await fetch(`${file.url}&download`);
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="____ ____.jpg"; filename*=UTF-8''${encodeURIComponent(CJK_NAME)}`,
      );
      expect(sha256(await response.bytes())).toBe(sha256(file.bytes));
    });
  });
});

/** Names and values, but for those that differ from answer to answer. */
function shape({ headers }: Response): [string, string][] {
  return (
    [...headers]
      .map(([name, value]): [string, string] => [name, /^(?:date|x-request-id)$/.test(name) ? '' : value])
      // An error's body has the request's id, which has a length; it is not sent to HEAD.
      .filter(([name]) => !(name === 'content-length' && headers.get('content-type')?.includes('problem')))
      .sort()
  );
}
