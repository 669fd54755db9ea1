import { useState } from 'react';

/** Where a reader is in a list of pages; `key` is what the list depends on, and with another the first page comes. */
export function usePages(key: string) {
  const [state, setState] = useState<{ readonly key: string; readonly cursors: readonly string[] }>({
    key,
    cursors: [],
  });
  const cursors = state.key === key ? state.cursors : [];
  return {
    /** For the query; null: the first page. */
    after: cursors.at(-1) ?? null,
    isFirst: cursors.length === 0,
    next: (cursor: string) => setState({ key, cursors: [...cursors, cursor] }),
    previous: () => setState({ key, cursors: cursors.slice(0, -1) }),
  };
}
