import { type ReadEntry, readArchive } from '../../adapters/archive/read-archive.ts';
import { ArchiveError } from '../../adapters/archive/tar.ts';
import { isStorageKey } from '../material/ingest/staged-file.ts';
import { fileName, MANIFEST, type Manifest, manifestSchema, pieceName } from './manifest.ts';
import { backedUpTables } from './tables.ts';

const MAX_MANIFEST_BYTES = 1024 * 1024;
/** Pieces of a table are made smaller by far. */
const MAX_PIECE_BYTES = 64 * 1024 * 1024;

/** What an archive is made of, in the order in which it comes. */
export type ArchivePart =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'piece'; readonly table: number; readonly entry: ReadEntry }
  | { readonly kind: 'file'; readonly storageKey: string; readonly entry: ReadEntry };

/**
 * Reads an archive whose entries are those that a backup of this release, or of an earlier one, writes.
 * @param known times of the migrations of this release.
 * @throws the file system's error; ArchiveError
 */
export async function* readParts(
  path: string,
  known: readonly number[],
): AsyncGenerator<ArchivePart, void, void> {
  let manifest: Manifest | undefined;
  let at = { table: 0, piece: 0 };
  let lastKey = '';
  let files = 0;
  for await (const entry of readArchive(path)) {
    if (!manifest) {
      manifest = await readManifest(entry, known);
      yield { kind: 'manifest', manifest };
      continue;
    }
    const table = manifest.tables.findIndex(
      ({ name }, index) => entry.name === pieceName(name, index === at.table ? at.piece : 0),
    );
    const storageKey = entry.name.slice(fileName('').length);
    if (table >= at.table && files === 0 && entry.size <= MAX_PIECE_BYTES) {
      at = { table, piece: table === at.table ? at.piece + 1 : 1 };
      yield { kind: 'piece', table, entry };
    } else if (entry.name === fileName(storageKey) && isStorageKey(storageKey) && storageKey > lastKey) {
      lastKey = storageKey;
      files++;
      yield { kind: 'file', storageKey, entry };
    } else {
      throw new ArchiveError('the archive has entries that a backup does not make');
    }
  }
  if (!manifest || files !== manifest.files) throw new ArchiveError('the archive lacks files');
}

async function readManifest(entry: ReadEntry, known: readonly number[]): Promise<Manifest> {
  if (entry.name !== MANIFEST || entry.size > MAX_MANIFEST_BYTES) {
    throw new ArchiveError('the archive was not made by stockroom backup');
  }
  const pieces: Uint8Array[] = [];
  for await (const bytes of entry.stream()) pieces.push(bytes);
  const value = parsed(Buffer.concat(pieces).toString());
  if (typeof value === 'object' && value && 'format' in value && Number(value.format) > 1) {
    throw new ArchiveError('the archive is of a newer release: restore it with that one');
  }
  const { success, data } = manifestSchema.safeParse(value);
  if (!success) throw new ArchiveError('the archive was not made by stockroom backup');
  if (data.migrations.some((at) => !known.includes(at))) {
    throw new ArchiveError(`the archive is of a newer release (${data.release}): restore it with that one`);
  }
  const names = data.tables.map(({ name }) => name);
  const order = backedUpTables.map(({ name }) => name).filter((name) => names.includes(name));
  const areKnown = data.tables.every(({ name, columns }) =>
    columns.every((column) => backedUpTables.find((table) => table.name === name)?.columns.includes(column)),
  );
  if (!areKnown || order.join() !== names.join()) {
    throw new ArchiveError('the archive has tables that this release does not know');
  }
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
