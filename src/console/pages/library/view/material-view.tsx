// biome-ignore-all lint/a11y/useSemanticElements: rows of a real table cannot be taken out of sight one by one.
// biome-ignore-all lint/a11y/useFocusableInteractive: one place of the grid has the focus, and keys move it.
import { type MouseEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import type { MaterialOrder } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import type { ListSnapshot, MaterialList } from '../data/material-list.ts';
import { useKeys } from '../select/use-keys.ts';
import type { Selection } from '../select/use-selection.ts';
import { GridRow } from './grid-row.tsx';
import { useLayout } from './layout.ts';
import { ListHeader } from './list-header.tsx';
import { MaterialRow } from './material-row.tsx';
import classes from './material-view.module.css';
import { messages } from './messages.ts';
import { useKeptScroll } from './use-kept-scroll.ts';
import { useRows } from './use-rows.ts';

/** Places that are shown while nothing is known. */
const PLACES = 60;
const MOST_PLACES = 100;

/** Lets the page's other parts give the focus back. */
export interface ViewHandle {
  focus(): void;
}

interface ViewProps {
  readonly view: 'grid' | 'list';
  readonly list: MaterialList;
  readonly snapshot: ListSnapshot;
  readonly selection: Selection;
  readonly sort: MaterialOrder;
  readonly onSort: (sort: MaterialOrder) => void;
  /** Of a material's own page; stays the same function. */
  readonly hrefOf: (material: LibraryMaterial) => string | undefined;
  readonly onOpen: (material: LibraryMaterial) => void;
  readonly onRemove: (() => void) | undefined;
  /** What covers the beginning of the window, px. */
  readonly covered: number;
  readonly handle: Ref<ViewHandle>;
}

/** Materials as tiles or as a list, of which only those near what is in sight are in the page. */
export function MaterialView(props: ViewProps) {
  const { view, list, snapshot, selection, sort, onSort, hrefOf, onOpen, onRemove, covered, handle } = props;
  const t = useMessages(messages);
  const { items, total, hasMore, isLoaded } = snapshot;
  const root = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const layout = useLayout(rows, view);
  const wantsFocus = useRef(false);
  const expected = isLoaded ? Math.min((total ?? Infinity) - items.length, MOST_PLACES) : PLACES;
  const places = items.length + (hasMore ? Math.max(0, expected) : 0);
  const virtualizer = useRows({ list, count: places, layout, active: selection.active, covered });
  const { columns = 1, rowHeight = 1 } = layout ?? {};
  useKeptScroll(list, layout !== undefined && isLoaded);

  const onKeyDown = useKeys({
    selection,
    count: items.length,
    columns,
    pageRows: () => Math.max(1, Math.floor((window.innerHeight - covered) / rowHeight)),
    reveal: (index) => {
      wantsFocus.current = true;
      virtualizer.scrollToIndex(Math.floor(index / columns), { align: 'auto' });
    },
    onOpen: (index) => items[index] && onOpen(items[index]),
    onRemove,
  });
  const focusActive = () =>
    root.current?.querySelector<HTMLElement>('[data-index][tabindex="0"]')?.focus({ preventScroll: true });
  useImperativeHandle(handle, () => ({ focus: focusActive }));
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    focusActive();
  });

  const onClick = (event: MouseEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset.index ?? Number.NaN);
    const material = items[index];
    if (!material) return;
    const isCheck = target.closest('[data-check]') !== null;
    // A click on a label is followed by one on what it labels.
    if (isCheck && !(target instanceof HTMLInputElement)) return;
    const isTouch = event.nativeEvent instanceof PointerEvent && event.nativeEvent.pointerType === 'touch';
    if (!isCheck) event.preventDefault();
    // Keys go on from where the pointer was.
    wantsFocus.current = true;
    if (event.shiftKey) selection.extendTo(index);
    else if (isCheck || event.ctrlKey || event.metaKey || (isTouch && selection.ids.size > 0)) {
      selection.toggle(index);
    } else if (target.closest('a')) onOpen(material);
    else if (hrefOf(material) === undefined) selection.toggle(index);
    else selection.moveTo(index);
  };

  const virtualRows = virtualizer.getVirtualItems();
  const top = layout?.top ?? 0;
  return (
    <div
      ref={root}
      role="grid"
      className={classes.view}
      aria-label={t.materials}
      aria-multiselectable
      aria-busy={!isLoaded}
      aria-rowcount={total === undefined ? -1 : Math.ceil(total / columns) + (view === 'list' ? 1 : 0)}
      aria-colcount={view === 'grid' ? columns : undefined}
      data-selecting={selection.ids.size > 0 || undefined}
      tabIndex={items.length > 0 ? undefined : -1}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onMouseDown={(event) => {
        // A range of things is meant, not one of text.
        if (event.shiftKey) event.preventDefault();
      }}
    >
      {view === 'list' && <ListHeader sort={sort} onSort={onSort} />}
      <div ref={rows} role="rowgroup" className={classes.rows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualRows.map(({ index: row, start }) => {
          const index = row * columns;
          const offset = start - top;
          if (view === 'grid') {
            return (
              <GridRow
                key={row}
                index={index}
                columns={columns}
                offset={offset}
                items={items}
                places={places}
                selected={selection.ids}
                active={selection.active}
                hrefOf={hrefOf}
              />
            );
          }
          const material = items[index];
          return material ? (
            <MaterialRow
              key={row}
              material={material}
              index={index}
              isSelected={selection.ids.has(material.id)}
              isActive={index === selection.active}
              href={hrefOf(material)}
              offset={offset}
            />
          ) : (
            <div
              key={row}
              role="presentation"
              className={classes.emptyRow}
              style={{ transform: `translateY(${offset}px)` }}
            />
          );
        })}
      </div>
    </div>
  );
}
