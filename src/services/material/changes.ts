import type { Services } from '../context.ts';

/** `REFRESH`: changes before this may not have been told; what is shown should be asked for (again). */
export type MaterialAction = 'CREATED' | 'UPDATED' | 'TRASHED' | 'RESTORED' | 'PURGED' | 'REFRESH';

export interface MaterialChange {
  readonly action: MaterialAction;
  /** UUIDs. */
  readonly ids: readonly string[];
}

/** A message takes some 7,000 bytes, an id in JSON 39. */
const IDS_PER_MESSAGE = 150;
const TEXT_BYTES_PER_MESSAGE = 6500;

/** Topic of the changes in a mall: a `MaterialChange`. */
export function materialsTopic(mallId: number): string {
  return `materials:${mallId}`;
}

/** Tells every instance what was committed. Nobody waits for it, and site files have nobody who is told. */
export function announceMaterials(
  services: Pick<Services, 'events' | 'log'>,
  action: Exclude<MaterialAction, 'REFRESH'>,
  mallId: number | null,
  ids: readonly string[],
): void {
  if (mallId === null) return;
  for (let start = 0; start < ids.length; start += IDS_PER_MESSAGE) {
    const change: MaterialChange = { action, ids: ids.slice(start, start + IDS_PER_MESSAGE) };
    services.events.publish(materialsTopic(mallId), change).catch((error: unknown) => {
      services.log.warn({ err: error, mallId }, 'a change of materials was not told');
    });
  }
}

/** Topic of the files whose answer changes: a `FilesChange`. */
export const FILES_TOPIC = 'files';

/** What whoever remembers files must forget. */
export interface FilesChange {
  /** Paths in URLs whose bytes, visibility, name or trash changed. */
  readonly basePaths: readonly string[];
  /** Bytes that are kept no more, hex. */
  readonly sha256s: readonly string[];
}

/**
 * Tells every instance which files it must look up again. It resolves when that was told, so that whoever hears of a
 * change asks for a file after it; it never fails, since the change is committed.
 */
export async function announceFiles(
  services: Pick<Services, 'events' | 'log'> & Partial<Pick<Services, 'files'>>,
  basePaths: readonly string[],
  sha256s: readonly string[] = [],
): Promise<void> {
  // At once here: whoever made the change may ask for the file next.
  for (const basePath of basePaths) services.files?.forget(basePath);
  const messages = [
    ...pages(basePaths).map((page): FilesChange => ({ basePaths: page, sha256s: [] })),
    ...pages(sha256s).map((page): FilesChange => ({ basePaths: [], sha256s: page })),
  ];
  for (const message of messages) {
    try {
      await services.events.publish(FILES_TOPIC, message);
    } catch (error) {
      services.log.warn({ err: error, ...message }, 'a change of files was not told');
    }
  }
}

/** As many texts to a page as fit into a message; one that does not fit alone goes alone. */
function pages(texts: readonly string[]): string[][] {
  const all: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const bytes = Buffer.byteLength(JSON.stringify(text)) + 1;
    if (bytes > room) {
      all.push([]);
      room = TEXT_BYTES_PER_MESSAGE;
    }
    all.at(-1)?.push(text);
    room -= bytes;
  }
  return all;
}
