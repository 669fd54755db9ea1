import { type RefObject, useLayoutEffect, useState } from 'react';

/** px */
const GAP = 12;
const MIN_TILE = 170;
const MIN_TILE_NARROW = 140;
const NARROW = 500;
/** Below the picture: a name and a line of facts. */
const CAPTION = 50;
const LIST_ROW = 56;

export interface Layout {
  readonly columns: number;
  /** Of a row with the gap below it, px. */
  readonly rowHeight: number;
  /** Of the first row, from the top of the page, px. */
  readonly top: number;
}

/** How many tiles fit side by side, and how high they are. Undefined before the element is there. */
export function useLayout(element: RefObject<HTMLElement | null>, view: 'grid' | 'list'): Layout | undefined {
  const [layout, setLayout] = useState<Layout>();
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return undefined;
    const measure = () => {
      const { width, top } = node.getBoundingClientRect();
      const next = { ...shape(width, view), top: top + window.scrollY };
      setLayout((before) => (before && isEqual(before, next) ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    // What is above may grow without it.
    if (node.parentElement?.parentElement) observer.observe(node.parentElement.parentElement);
    return () => observer.disconnect();
  }, [element, view]);
  return layout;
}

function shape(width: number, view: 'grid' | 'list'): Omit<Layout, 'top'> {
  if (view === 'list') return { columns: 1, rowHeight: LIST_ROW };
  const least = width < NARROW ? MIN_TILE_NARROW : MIN_TILE;
  const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
  const tile = (width - (columns - 1) * GAP) / columns;
  return { columns, rowHeight: Math.round((tile * 3) / 4) + CAPTION + GAP };
}

function isEqual(a: Layout, b: Layout): boolean {
  return a.columns === b.columns && a.rowHeight === b.rowHeight && a.top === b.top;
}
