// biome-ignore-all lint/a11y/useSemanticElements: rows of a real table cannot be taken out of sight one by one.
// biome-ignore-all lint/a11y/useFocusableInteractive: one place of the grid has the focus, and keys move it.
import { memo } from 'react';
import type { LibraryMaterial } from '../data/library-material.ts';
import { MaterialTile } from './material-tile.tsx';
import classes from './material-view.module.css';

interface GridRowProps {
  /** Of the first of the row. */
  readonly index: number;
  readonly columns: number;
  /** From the top of the grid, px. */
  readonly offset: number;
  readonly items: readonly LibraryMaterial[];
  /** How many places there are, with those for what is to come. */
  readonly places: number;
  readonly selected: ReadonlySet<string>;
  readonly active: number;
  readonly hrefOf: (material: LibraryMaterial) => string | undefined;
}

/** Tiles side by side, and empty places where they are still to come. */
export const GridRow = memo(
  function GridRow({ index, columns, offset, items, places, selected, active, hrefOf }: GridRowProps) {
    const shown = items.slice(index, index + columns);
    const empty = Math.max(0, Math.min(columns, places - index) - shown.length);
    return (
      <div
        {...(shown.length > 0
          ? { role: 'row', 'aria-rowindex': index / columns + 1 }
          : { role: 'presentation' })}
        className={classes.row}
        style={{
          transform: `translateY(${offset}px)`,
          gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        }}
      >
        {shown.map((material, place) => (
          <MaterialTile
            key={material.id}
            material={material}
            index={index + place}
            isSelected={selected.has(material.id)}
            isActive={index + place === active}
            href={hrefOf(material)}
          />
        ))}
        {Array.from({ length: empty }, (_, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: places have nothing but their number.
          <div key={`empty ${place}`} className={classes.empty} aria-hidden />
        ))}
      </div>
    );
  },
  (before, now) =>
    before.index === now.index &&
    before.columns === now.columns &&
    before.offset === now.offset &&
    before.places - before.index >= before.columns === now.places - now.index >= now.columns &&
    before.selected === now.selected &&
    before.hrefOf === now.hrefOf &&
    isIn(before, before.active) === isIn(now, now.active) &&
    (!isIn(now, now.active) || before.active === now.active) &&
    hasSame(before, now),
);

function isIn({ index, columns }: GridRowProps, active: number): boolean {
  return active >= index && active < index + columns;
}

function hasSame(a: GridRowProps, b: GridRowProps): boolean {
  if (a.items === b.items) return a.places === b.places;
  for (let i = a.index; i < a.index + a.columns; i++) if (a.items[i] !== b.items[i]) return false;
  return true;
}
