import type { Readable } from 'node:stream';
import type { TransactionSql } from 'postgres';

/** What a `copy … to stdout` gives, in pieces of about so many bytes. */
export async function* copyOut(
  tx: TransactionSql,
  statement: string,
  pieceBytes: number,
): AsyncGenerator<Buffer, void, void> {
  const stream: Readable = await tx.unsafe(statement).readable();
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const bytes of stream as AsyncIterable<Buffer>) {
    // The driver goes on using the memory.
    pieces.push(Buffer.from(bytes));
    size += bytes.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces);
}

/** Gives these bytes to a `copy … from stdin`. @throws the database's error, or that its transaction has failed. */
export async function copyIn(
  tx: TransactionSql,
  statement: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const stream = await tx.unsafe(statement).writable();
  const failed = new Promise<never>((_, reject) => stream.on('error', reject));
  const written = Promise.all(
    pieces.map((bytes) => new Promise<void>((resolve) => stream.write(bytes, () => resolve()))),
  );
  await Promise.race([written, failed]);
  stream.end();
  // The driver loses an error that comes after the last byte, and never tells the end then: the next statement does.
  await Promise.race([new Promise((resolve) => setImmediate(resolve)), failed]);
  await tx`select 1`;
}
