import { useHotkeys } from '@mantine/hooks';
import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { materialPath, materialVisit } from '../../components/material-visit.ts';

/** What takes the Escape key for itself while it is seen. */
const LAYERS = '[role=dialog], [role=listbox], [role=menu]';
/** What would be lost. */
const UNSAVED = '[data-unsaved]';

interface WayBack {
  /** Address of the list, without the filters that it may have had. */
  readonly list: string;
  /** To the list as it was left. */
  back(): void;
  /** Of the list that the user came from; undefined at its ends, and for who came from elsewhere. */
  readonly previous: string | undefined;
  readonly next: string | undefined;
  /** To a neighbour, from which the way back is as long. */
  visit(id: string): void;
}

/** How to leave the page of a material: Escape goes back too. */
export function useWayBack(mallId: number, id: string): WayBack {
  const visit = materialVisit(useHistoryState<unknown>());
  const [, navigate] = useLocation();
  const list = `/library/${mallId}`;
  const back = useCallback(() => {
    if (visit) history.back();
    else navigate(list);
  }, [visit, navigate, list]);
  useHotkeys([
    [
      'Escape',
      (event) => {
        if (!event.defaultPrevented && !isTaken()) back();
      },
      { preventDefault: false },
    ],
  ]);
  const place = visit?.ids.indexOf(id) ?? -1;
  return {
    list,
    back,
    previous: place > 0 ? visit?.ids[place - 1] : undefined,
    next: place >= 0 ? visit?.ids[place + 1] : undefined,
    visit: (other) => navigate(materialPath(mallId, other), { replace: true, state: visit }),
  };
}

function isTaken(): boolean {
  const layers = [...document.querySelectorAll(LAYERS)];
  return document.querySelector(UNSAVED) !== null || layers.some((layer) => layer.checkVisibility());
}
