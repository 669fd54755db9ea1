import { ownBytes } from '../../lib/free-bytes.ts';
import { type AnswerHead, quote } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';
import { type Framing, FramingError } from './framing.ts';

/**
 * How the body of an answer to `GET` or `POST` is delimited (section 6.3). Where the fields contradict each other, two
 * programs may see two different bodies, so that is an error, also where the RFC lets one of them win.
 * @throws FramingError
 */
export function findFraming(head: AnswerHead): Framing {
  const framing = framingByFields(head);
  return head.status === 204 || head.status === 304 ? new SizedBody(0) : framing;
}

function framingByFields({ version, headers }: AnswerHead): Framing {
  const transfer = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (transfer !== null) {
    if (length !== null) throw new FramingError('a length and a transfer encoding');
    if (version === '1.0') throw new FramingError('a transfer encoding in HTTP/1.0');
    if (transfer.toLowerCase() !== 'chunked') {
      throw new FramingError(`the transfer encoding ${quote(transfer)}`);
    }
    return new ChunkedBody();
  }
  if (length === null) return new OpenBody();
  const bytes = Number(length);
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(bytes)) {
    throw new FramingError(`the length ${quote(length)}`);
  }
  return new SizedBody(bytes);
}

/** With its length in the head. */
class SizedBody implements Framing {
  #left: number;
  hasSurplus = false;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  take(chunk: Uint8Array): Uint8Array {
    const bytes = Math.min(this.#left, chunk.byteLength);
    this.#left -= bytes;
    if (bytes < chunk.byteLength) this.hasSurplus = true;
    return ownBytes(chunk, 0, bytes);
  }

  end(): boolean {
    return this.isComplete;
  }
}

/** Until the connection ends. */
class OpenBody implements Framing {
  isComplete = false;
  readonly hasSurplus = false;

  take(chunk: Uint8Array): Uint8Array {
    return chunk;
  }

  end(): boolean {
    this.isComplete = true;
    return true;
  }
}
