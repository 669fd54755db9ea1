import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { formatQuery, type LibraryQuery, parseQuery } from './library-query.ts';

interface LibraryQueryState {
  readonly query: LibraryQuery;
  /** `replace`: without a step of its own in the browser's history. */
  change(next: Partial<LibraryQuery>, options?: { readonly replace?: boolean }): void;
  /** Instead of all that there is. */
  set(query: LibraryQuery): void;
}

/** What the address asks for; a change of it is a change of the address. */
export function useLibraryQuery(): LibraryQueryState {
  useSearch();
  // As it was written: the hook's own value may be decoded.
  const { search } = window.location;
  const [path, navigate] = useLocation();
  const query = useMemo(() => parseQuery(search), [search]);
  const set = useCallback(
    (next: LibraryQuery, options?: { readonly replace?: boolean }) =>
      navigate(path + formatQuery(next), options),
    [path, navigate],
  );
  const change = useCallback<LibraryQueryState['change']>(
    (next, options) => set({ ...parseQuery(window.location.search), ...next }, options),
    [set],
  );
  return useMemo(() => ({ query, change, set }), [query, change, set]);
}
