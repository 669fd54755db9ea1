import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import type { MaterialList } from '../data/material-list.ts';
import type { Layout } from './layout.ts';

/** Rows kept above and below what is in sight. */
const OVERSCAN = 3;

interface RowOptions {
  readonly list: MaterialList;
  /** With places for those to come. */
  readonly count: number;
  readonly layout: Layout | undefined;
  /** Index of the item that has the focus, whose row must not go. */
  readonly active: number;
  /** What covers the beginning of the window, px. */
  readonly covered: number;
}

/** The rows that are in sight, of a list that scrolls with the page; what comes next is loaded before it is. */
export function useRows({ list, count, layout, active, covered }: RowOptions) {
  const { columns = 1, rowHeight = 1, top = 0 } = layout ?? {};
  const activeRow = Math.floor(active / columns);
  const virtualizer = useWindowVirtualizer({
    count: layout ? Math.ceil(count / columns) : 0,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: covered,
    scrollPaddingEnd: 8,
    // Rows may come a frame late, but no frame waits for them.
    useFlushSync: false,
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      if (activeRow >= range.count || rows.includes(activeRow)) return rows;
      return [...rows, activeRow].sort((a, b) => a - b);
    },
  });
  // Sizes are computed, not measured, so a change of them has to be told.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of all rows is what changed.
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const lastShown = ((virtualizer.range?.endIndex ?? 0) + 1) * columns;
  useEffect(() => list.want(lastShown), [list, lastShown]);
  return virtualizer;
}
