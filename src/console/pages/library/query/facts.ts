import type { LibrarySession } from '../data/library-session.ts';

/** What occurs in the materials that were loaded so far, sorted; to be suggested. */
export interface LibraryFacts {
  readonly folders: readonly string[];
  readonly tags: readonly string[];
  /** Names by number. */
  readonly users: ReadonlyMap<number, string>;
}

export function libraryFacts(session: LibrarySession): LibraryFacts {
  const folders = new Set<string>();
  const tags = new Set<string>();
  const users = new Map<number, string>();
  for (const list of session.lists()) {
    for (const { folder, tags: own, uploadedBy } of list.snapshot().items) {
      if (folder !== '') folders.add(folder);
      for (const tag of own) tags.add(tag);
      if (uploadedBy) users.set(uploadedBy.id, uploadedBy.username);
    }
  }
  return { folders: [...folders].sort(), tags: [...tags].sort(), users };
}
