import type { KeyboardEvent } from 'react';
import type { Selection } from './use-selection.ts';

interface KeyOptions {
  readonly selection: Selection;
  readonly count: number;
  readonly columns: number;
  /** Rows in sight. */
  readonly pageRows: () => number;
  /** Shows an item, which then gets the focus. */
  readonly reveal: (index: number) => void;
  readonly onOpen: (index: number) => void;
  /** Undefined: nothing here can be removed. */
  readonly onRemove: (() => void) | undefined;
}

/** What keys do in a grid of things that can be selected (ARIA Authoring Practices, pattern Grid). */
export function useKeys(options: KeyOptions): (event: KeyboardEvent<HTMLElement>) => void {
  const { selection, count, columns, pageRows, reveal, onOpen, onRemove } = options;
  const { active } = selection;

  const target = (key: string, withControl: boolean): number | undefined => {
    const rowStart = active - (active % columns);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: columns > 1 ? active + 1 : active,
      ArrowLeft: columns > 1 ? active - 1 : active,
      ArrowDown: active + columns,
      ArrowUp: active - columns,
      PageDown: active + columns * pageRows(),
      PageUp: active - columns * pageRows(),
      Home: columns > 1 && !withControl ? rowStart : 0,
      End: columns > 1 && !withControl ? rowStart + columns - 1 : count - 1,
    };
    const step = steps[key];
    if (step === undefined) return undefined;
    // A step beyond the first or last row stays in its column.
    if (key === 'ArrowUp' && step < 0) return active;
    if (key === 'ArrowDown' && step >= count) {
      return active - (active % columns) + columns < count ? count - 1 : active;
    }
    return Math.min(Math.max(step, 0), count - 1);
  };

  return (event) => {
    // Keys of what is inside, such as a header's button, are its own.
    if (!(event.target as HTMLElement).closest('[data-index]') || event.altKey || count === 0) return;
    const withControl = event.ctrlKey || event.metaKey;
    const index = target(event.key, withControl);
    if (index !== undefined) {
      selection.moveTo(index, { extend: event.shiftKey });
      reveal(index);
    } else if (event.key === ' ') {
      if (event.shiftKey) selection.extendTo(active);
      else selection.toggle(active);
    } else if (event.key === 'a' && withControl) {
      selection.selectAll();
    } else if (event.key === 'Escape' && selection.ids.size > 0) {
      selection.clear();
    } else if (event.key === 'Enter') {
      onOpen(active);
    } else if (event.key === 'Delete' && onRemove) {
      onRemove();
    } else {
      return;
    }
    event.preventDefault();
  };
}
