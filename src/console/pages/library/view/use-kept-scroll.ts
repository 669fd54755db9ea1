import { useLayoutEffect } from 'react';
import type { MaterialList } from '../data/material-list.ts';

/** Beyond, the beginning of the list is out of sight, px. */
const AWAY = 300;

/** Goes to where a list was left, and remembers where it is left. @param isReady whether the page has its height. */
export function useKeptScroll(list: MaterialList, isReady: boolean): void {
  useLayoutEffect(() => {
    if (!isReady) return undefined;
    window.scrollTo(0, list.scrollTop);
    const keep = () => {
      list.scrollTop = window.scrollY;
      list.hold(window.scrollY > AWAY);
    };
    keep();
    window.addEventListener('scroll', keep, { passive: true });
    return () => window.removeEventListener('scroll', keep);
  }, [list, isReady]);
}
