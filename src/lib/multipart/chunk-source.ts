/** Where bytes come from, one chunk at a time. */
export interface ChunkSource {
  /** The next chunk; undefined at the end. Rejects with the source's own error. */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the source; what was not read is given up. Never rejects. */
  close(): Promise<void>;
}

/** Opens a stream (it is locked from now on) or any other iterable of chunks. */
export function openSource(source: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>): ChunkSource {
  return 'getReader' in source ? fromStream(source) : fromIterable(source);
}

function fromStream(stream: ReadableStream<Uint8Array>): ChunkSource {
  const reader = stream.getReader();
  let ended = false;
  return {
    async read() {
      const { done, value } = await reader.read();
      if (!done) return value;
      ended = true;
      return undefined;
    },
    async close() {
      try {
        if (!ended) await reader.cancel();
        reader.releaseLock();
      } catch {
        // The stream had failed before; whoever read has been told.
      }
    },
  };
}

function fromIterable(iterable: AsyncIterable<Uint8Array>): ChunkSource {
  const iterator = iterable[Symbol.asyncIterator]();
  let ended = false;
  return {
    async read() {
      const { done, value } = await iterator.next();
      if (!done) return value;
      ended = true;
      return undefined;
    },
    async close() {
      try {
        if (!ended) await iterator.return?.();
      } catch {
        // Nobody waits for these bytes any more.
      }
    },
  };
}
