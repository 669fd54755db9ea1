import { useEffect } from 'react';

/** What was used to open the first of the dialogs that are open, or that followed one another. */
let origin: HTMLElement | undefined;

/**
 * Inside a dialog: brings the focus back to what opened it. That of a menu's item goes to the menu's button, and that of
 * a dialog which opened another to what opened the first; where it is gone the page's heading gets it.
 */
export function FocusBack() {
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && !activeElement.closest('[role=dialog]')) {
      const menu = activeElement.closest('[role=menu]');
      const button = document.getElementById(menu?.getAttribute('aria-labelledby') ?? '');
      origin = button ?? activeElement;
    }
    return () => {
      // After the dialog itself is gone, so that the one that is there is another.
      setTimeout(() => {
        // Whoever has gone on elsewhere meanwhile stays there.
        if (document.querySelector('[role=dialog]') || document.activeElement !== document.body) return;
        const isThere = origin?.isConnected && origin !== document.body;
        (isThere ? origin : document.querySelector<HTMLElement>('h1'))?.focus({ preventScroll: true });
        origin = undefined;
      });
    };
  }, []);
  return null;
}
