import { modals } from '@mantine/modals';
import { useEffect } from 'react';
import type { AroundNavHandler } from 'wouter';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: { title: 'Leave this page?', leave: 'Leave', stay: 'Stay' },
  zh: { title: '要离开此页面吗？', leave: '离开', stay: '留下' },
});

/** Asks the user, and calls `leave` when they want to go all the same. */
let askBefore: ((leave: () => void) => void) | undefined;

/** Keeps the page that is left by the browser's Back or Forward. */
let stayBefore: ((event: PopStateEvent) => void) | undefined;

// Of this window's listeners the first is called first, capturing or not; the router adds its own when it is drawn.
window.addEventListener('popstate', (event) => stayBefore?.(event));

/** For the router: changes of page wait for the answer where a page asks before. */
export const guardedNavigation: AroundNavHandler = (navigate, to, options) => {
  if (askBefore) askBefore(() => navigate(to, options));
  else navigate(to, options);
};

/**
 * While `isActive`, whoever follows a link, goes back or forth, closes the tab or leaves the console is asked first.
 * @param loss what leaving costs.
 */
export function useLeaveGuard(isActive: boolean, loss: string): void {
  const t = useMessages(messages);
  useEffect(() => {
    if (!isActive) return;
    const { href, pathname } = location;
    const state: unknown = history.state;
    let isAsking = false;
    let isLeaving = false;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    const ask = (leave: () => void) => {
      if (isAsking) return;
      isAsking = true;
      modals.openConfirmModal({
        title: t.title,
        children: loss,
        labels: { confirm: t.leave, cancel: t.stay },
        withCloseButton: false,
        onConfirm: leave,
        onClose: () => {
          isAsking = false;
        },
      });
    };
    // The browser is there already: this page becomes the one after it, and the router hears of nothing.
    const stay = (event: PopStateEvent) => {
      // As by a link to a part of this page.
      if (isLeaving || location.pathname === pathname) return;
      event.stopImmediatePropagation();
      history.pushState(state, '', href);
      ask(() => {
        isLeaving = true;
        history.back();
      });
    };
    askBefore = ask;
    window.addEventListener('beforeunload', warn);
    stayBefore = stay;
    return () => {
      if (askBefore === ask) askBefore = undefined;
      window.removeEventListener('beforeunload', warn);
      if (stayBefore === stay) stayBefore = undefined;
    };
  }, [isActive, loss, t]);
}
