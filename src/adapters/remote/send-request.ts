import type { Wire } from './wire.ts';

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** Without those that are about the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/**
 * @param keepAlive whether the connection may be used again.
 * @returns the head of the request (RFC 9112, section 3).
 * @throws TypeError for a header field that is none
 */
export function requestHead({ url, method, headers, body }: OutgoingRequest, keepAlive: boolean): string {
  const target = `${url.pathname}${url.search}`;
  if (!TARGET.test(target)) throw new TypeError('no path of a URL');
  const fields = {
    host: url.host,
    ...headers,
    ...(method === 'POST' && framingFields(headers, body)),
    connection: keepAlive ? 'keep-alive' : 'close',
  };
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(fields)) {
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new TypeError(`no header field: ${JSON.stringify(name)}`);
    }
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

function framingFields(
  { 'content-length': length }: OutgoingRequest['headers'],
  body: OutgoingRequest['body'],
) {
  if (length !== undefined) return {};
  return body === undefined ? { 'content-length': '0' } : { 'transfer-encoding': 'chunked' };
}

/**
 * Sends the body behind the head, in chunks where its length is not known; what fails on the other side shows when the
 * answer is read.
 * @param onProgress called whenever the system has taken a piece.
 * @throws what the body throws, or a RangeError where it has not the length that its header field says
 */
export async function sendBody(
  wire: Wire,
  { headers, body }: OutgoingRequest,
  onProgress: () => void,
): Promise<void> {
  if (body === undefined) return;
  if (body instanceof Uint8Array) return await wire.write(body);
  const length = headers['content-length'];
  let sent = 0;
  for await (const piece of body) {
    if (!wire.isOpen) return;
    // In chunks it would be the last one.
    if (piece.byteLength === 0) continue;
    sent += piece.byteLength;
    if (length === undefined) wire.send(`${piece.byteLength.toString(16)}\r\n`);
    else if (sent > Number(length)) throw new RangeError(`a body of more than ${length} bytes`);
    await wire.write(piece);
    if (length === undefined) wire.send('\r\n');
    onProgress();
  }
  if (length === undefined) wire.send('0\r\n\r\n');
  else if (sent < Number(length)) throw new RangeError(`a body of ${sent} bytes, not ${length}`);
}
