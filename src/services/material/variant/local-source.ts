import { rm } from 'node:fs/promises';
import type { ObjectStore } from '../../../adapters/storage/object-store.ts';

/** A blob as a file on this machine; disposing removes what was made for it. */
export interface LocalSource extends AsyncDisposable {
  readonly path: string;
}

/** Decoders read files: where the store is elsewhere, the bytes are copied first, to `copy`. */
export async function localSource(
  store: ObjectStore,
  { storageKey, size }: { readonly storageKey: string; readonly size: number },
  copy: string,
): Promise<LocalSource> {
  const path = store.localPath?.(storageKey);
  if (path !== undefined) return { path, [Symbol.asyncDispose]: async () => {} };
  const remove = () => rm(copy, { force: true });
  try {
    await Bun.write(copy, new Response(store.read(storageKey, 0, size).stream()));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path: copy, [Symbol.asyncDispose]: remove };
}
