/**
 * `picture-server.ts <port> <bytes> <large bytes>`: PNGs that differ by their query, as `/picture` and `/large`; one that
 * never ends as `/endless`, and as `/sent` how many bytes of that were taken.
 */
import { createServer } from 'node:http';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

const [, , port = '', bytes = '', largeBytes = ''] = process.argv;
/** Of the signature and the first chunk. */
const HEAD_BYTES = 33;
const PIECE = Buffer.alloc(16_384);

const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
const small = await sharp({ create: { width: 240, height: 200, channels: 3, background: '#000', noise } })
  .png()
  .toBuffer();
const pictures = { '/picture': padded(Number(bytes)), '/large': padded(Number(largeBytes)) };
let sent = 0;

createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/endless') {
    const more = () => {
      while (!response.destroyed && response.write(PIECE)) sent += PIECE.byteLength;
    };
    response.on('drain', more);
    more();
  } else if (pathname === '/picture' || pathname === '/large') {
    const picture = pictures[pathname];
    const parts = [picture.subarray(0, HEAD_BYTES), chunk(Buffer.from(search)), picture.subarray(HEAD_BYTES)];
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': length });
    for (const part of parts) response.write(part);
    response.end();
  } else {
    response.end(String(sent));
  }
}).listen(Number(port), '127.0.0.1');

/** With a chunk that no decoder knows, so that it has so many bytes. */
function padded(length: number): Buffer {
  const ballast = chunk(Buffer.alloc(Math.max(0, length - small.byteLength)));
  return Buffer.concat([small.subarray(0, HEAD_BYTES), ballast, small.subarray(HEAD_BYTES)]);
}

/** PNG, section 5.3. */
function chunk(data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('teSt'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.byteLength, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
