import type { ByteRange } from '../../lib/byte-range.ts';
import type { OpenedFile } from '../../services/material/file-bytes.ts';

/** A text of the frame, or bytes of the file. */
type Part = Uint8Array | ByteRange;

/** Read at once for a body that is put together here; this much is held for each client. */
const PIECE_BYTES = 128 * 1024;

/** The body of an answer to several ranges, `multipart/byteranges` (RFC 9110, section 14.6). */
export function multipartRanges(
  ranges: readonly ByteRange[],
  file: { readonly size: number; readonly mimeType: string },
): { readonly type: string; readonly length: number; readonly parts: readonly Part[] } {
  const boundary = crypto.randomUUID();
  const parts: Part[] = [];
  for (const range of ranges) {
    const { start, end } = range;
    const head = [
      `\r\n--${boundary}`,
      `Content-Type: ${file.mimeType}`,
      `Content-Range: bytes ${start}-${end - 1}/${file.size}`,
    ];
    parts.push(Buffer.from(`${head.join('\r\n')}\r\n\r\n`), range);
  }
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  return { type: `multipart/byteranges; boundary=${boundary}`, length, parts };
}

/** Texts and bytes of a file one after the other, read as the client takes them. */
export function pieces(parts: readonly Part[], opened: OpenedFile): ReadableStream<Uint8Array> {
  const left = eachPiece(parts, opened);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await left.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await left.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* eachPiece(
  parts: readonly Part[],
  opened: OpenedFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      yield part;
      continue;
    }
    for (let at = part.start; at < part.end; at += PIECE_BYTES) {
      const end = Math.min(at + PIECE_BYTES, part.end);
      const piece = await opened.slice(at, end).bytes();
      // Fewer bytes than were promised: the connection is cut, so that nobody takes them for the file.
      if (piece.byteLength !== end - at) throw new Error('stored bytes were cut while they were sent');
      yield piece;
    }
  }
}

function lengthOf(part: Part): number {
  return part instanceof Uint8Array ? part.byteLength : part.end - part.start;
}
