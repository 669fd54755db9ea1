import { useCallback, useMemo, useState } from 'react';
import type { LibraryMaterial } from '../data/library-material.ts';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Index of the one that has, or would get, the keyboard's focus. */
  readonly active: number;
  /** Moves the keyboard's place; `extend`: with all between the anchor and there selected. */
  moveTo(index: number, options?: { readonly extend?: boolean }): void;
  toggle(index: number): void;
  /** All from the anchor to there, and nothing else. */
  extendTo(index: number): void;
  selectAll(): void;
  clear(): void;
}

interface State {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | undefined;
  readonly active: string | undefined;
}

const NOTHING: State = { ids: new Set(), anchor: undefined, active: undefined };

/** Which of a list are selected, as in a file manager; what leaves the list is not selected any more. */
export function useSelection(items: readonly LibraryMaterial[]): Selection {
  const [state, setState] = useState(NOTHING);
  const ids = useMemo(() => {
    if (state.ids.size === 0) return state.ids;
    const there = new Set(items.map(({ id }) => id));
    return state.ids.isSubsetOf(there) ? state.ids : state.ids.intersection(there);
  }, [items, state.ids]);
  const active = Math.max(
    0,
    items.findIndex(({ id }) => id === state.active),
  );

  const extendTo = useCallback(
    (index: number) =>
      setState(({ anchor, active: before }) => {
        const from = items.findIndex(({ id }) => id === (anchor ?? before));
        const [start, end] = [Math.min(Math.max(from, 0), index), Math.max(from, index)];
        const range = new Set(items.slice(start, end + 1).map(({ id }) => id));
        return { ids: range, anchor: items[Math.max(from, 0)]?.id, active: items[index]?.id };
      }),
    [items],
  );
  const moveTo = useCallback<Selection['moveTo']>(
    (index, { extend = false } = {}) => {
      if (extend) return extendTo(index);
      setState((before) => ({ ...before, anchor: items[index]?.id, active: items[index]?.id }));
    },
    [items, extendTo],
  );
  const toggle = useCallback(
    (index: number) => {
      const id = items[index]?.id;
      if (id === undefined) return;
      setState((before) => ({ ids: before.ids.symmetricDifference(new Set([id])), anchor: id, active: id }));
    },
    [items],
  );
  const selectAll = useCallback(
    () => setState((before) => ({ ...before, ids: new Set(items.map(({ id }) => id)) })),
    [items],
  );
  const clear = useCallback(() => setState((before) => ({ ...before, ids: NOTHING.ids })), []);

  return useMemo(
    () => ({ ids, active, moveTo, toggle, extendTo, selectAll, clear }),
    [ids, active, moveTo, toggle, extendTo, selectAll, clear],
  );
}
