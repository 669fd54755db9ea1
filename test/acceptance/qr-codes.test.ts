import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import jsQR from 'jsqr';
import sharp from 'sharp';
import { Client } from '../support/client.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

let server: StockroomServer;
let client: Client;
beforeAll(async () => {
  server = await startStockroom();
  client = await Client.loggedIn(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

const address = (format: string, parameters: Record<string, string>) =>
  `/qr.${format}?${new URLSearchParams(parameters)}`;

describe.each(['svg', 'png'])('a QR code as %s', (format) => {
  test.each([
    ['an address', 'https://shop.example.com/spring?from=qr&x=1'],
    ['Chinese', '扫码领取优惠券 🎁'],
    ['one character', '7'],
    ['2,000 bytes', 'https://example.com/'.padEnd(2000, 'x')],
  ])('reads back as the text it was made of: %s', async (_name, text) => {
    const response = await client.send(address(format, { text, size: '2048' }));
    expect(response.status).toBe(200);
    expect(await read(await response.bytes())).toEqual({ text, width: 2048, height: 2048 });
  });

  test('has 256 pixels where nobody says how many', async () => {
    const response = await client.send(address(format, { text: 'a' }));
    expect(await read(await response.bytes())).toEqual({ text: 'a', width: 256, height: 256 });
  });

  test('is for the browser that asked for it, and cannot run anything', async () => {
    const { headers } = await client.send(address(format, { text: '"><script>alert(1)</script>' }));
    expect(headers.get('content-type')).toBe(format === 'svg' ? 'image/svg+xml' : 'image/png');
    expect(headers.get('cache-control')).toStartWith('private');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
  });

  test('has the same headers for HEAD, and no bytes', async () => {
    const path = address(format, { text: 'a' });
    const get = await client.send(path);
    const head = await client.send(path, { method: 'HEAD' });
    expect((await head.bytes()).byteLength).toBe(0);
    expect(head.headers.get('content-length')).toBe(String((await get.bytes()).byteLength));
  });

  test.each([
    ['no text', {}],
    ['an empty text', { text: '' }],
    ['a text of 2,001 bytes', { text: 'ä'.repeat(1000).concat('x') }],
    ['63 pixels', { text: 'a', size: '63' }],
    ['2,049 pixels', { text: 'a', size: '2049' }],
    ['half a pixel', { text: 'a', size: '64.5' }],
    ['a word for a size', { text: 'a', size: 'large' }],
  ])('is refused for %s', async (_name, parameters) => {
    const response = await client.send(address(format, parameters as Record<string, string>));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'PARAMS_INVALID' });
  });

  test('needs a login', async () => {
    const response = await new Client(server.url).send(address(format, { text: 'a' }));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'LOGIN_REQUIRED' });
  });
});

test('a PNG with fewer pixels than modules is refused', async () => {
  const text = 'x'.repeat(2000);
  const response = await client.send(address('png', { text, size: '64' }));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'PARAMS_INVALID' });
});

test('GraphQL gives the address of a code and the code itself', async () => {
  const { qrCode } = await client.data<{ qrCode: { url: string; svg: string } }>(
    '{ qrCode(text: "a&b=c d", size: 300, format: PNG) { url svg } }',
  );
  expect(qrCode.url).toStartWith(`${server.url}/qr.png?`);
  const { pathname, search } = new URL(qrCode.url);
  const fetched = await (await client.send(pathname + search)).bytes();
  expect(await read(fetched)).toEqual({ text: 'a&b=c d', width: 300, height: 300 });
  expect(await read(Buffer.from(qrCode.svg))).toEqual({ text: 'a&b=c d', width: 300, height: 300 });
});

/** What a phone would read. */
async function read(picture: Uint8Array) {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const code = jsQR(new Uint8ClampedArray(data), width, height);
  return { text: code && Buffer.from(code.binaryData).toString(), width, height };
}
