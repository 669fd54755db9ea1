import { ownBytes } from '../../lib/free-bytes.ts';
import { ANSWER_START, type AnswerHead, parseHead } from './answer-head.ts';
import { FramingError } from './framing.ts';
import { RemoteError } from './remote-error.ts';
import type { Wire } from './wire.ts';

/** Of all header fields of an answer, bytes. */
const MAX_HEAD_BYTES = 32_768;
/** Answers of status 1xx before the answer proper. */
const MAX_INTERIM = 16;
const HEAD_END = '\r\n\r\n';

/**
 * Waits for the head of the answer, behind interim ones.
 * @returns it, and the bytes that came behind it.
 * @throws FramingError as soon as it can be seen that this is no answer of HTTP/1, or where it breaks off; what ended the
 * connection before any byte came
 */
export async function readHead(wire: Wire): Promise<{ head: AnswerHead; rest: Uint8Array }> {
  let bytes: Uint8Array = (await wire.read()) ?? ended();
  for (let interim = 0; interim <= MAX_INTERIM; ) {
    const end = endOfHead(bytes);
    if (end < 0) {
      bytes = Buffer.concat([bytes, await nextBytes(wire)]);
      continue;
    }
    const head = parseHead(latin1(bytes, end));
    if (head === undefined) throw new FramingError('no head of an answer');
    bytes = ownBytes(bytes, end + HEAD_END.length, bytes.byteLength);
    if (head.status >= 200) return { head, rest: bytes };
    if (head.status === 101) throw new FramingError('another protocol, unasked');
    if (head.version === '1.0') throw new FramingError('an interim answer of HTTP/1.0');
    interim++;
  }
  throw new FramingError('one interim answer after the other');
}

function ended(): never {
  throw new Error('closed without an answer');
}

/** @returns below 0 if it has not come yet. */
function endOfHead(bytes: Uint8Array): number {
  const start = latin1(bytes, ANSWER_START.length);
  if (!ANSWER_START.startsWith(start)) throw new FramingError('no answer of HTTP/1');
  const end = asBuffer(bytes.subarray(0, MAX_HEAD_BYTES)).indexOf(HEAD_END);
  if (end < 0 && bytes.byteLength >= MAX_HEAD_BYTES) throw new FramingError('a head that is too large');
  return end;
}

async function nextBytes(wire: Wire): Promise<Uint8Array> {
  try {
    return (await wire.read()) ?? ended();
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    throw new FramingError('it ended early', { cause: error });
  }
}

function latin1(bytes: Uint8Array, end: number): string {
  return asBuffer(bytes).toString('latin1', 0, Math.min(end, bytes.byteLength));
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
