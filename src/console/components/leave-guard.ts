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

/** For the router: changes of page wait for the answer where a page asks before. */
export const guardedNavigation: AroundNavHandler = (navigate, to, options) => {
  if (askBefore) askBefore(() => navigate(to, options));
  else navigate(to, options);
};

/**
 * While `isActive`, whoever follows a link, closes the tab or leaves the console is asked first. Not so the browser's
 * Back to another page of the console: that has happened by the time a page hears of it.
 * @param loss what leaving costs.
 */
export function useLeaveGuard(isActive: boolean, loss: string): void {
  const t = useMessages(messages);
  useEffect(() => {
    if (!isActive) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    const ask = (leave: () => void) => {
      modals.openConfirmModal({
        title: t.title,
        children: loss,
        labels: { confirm: t.leave, cancel: t.stay },
        withCloseButton: false,
        onConfirm: leave,
      });
    };
    askBefore = ask;
    window.addEventListener('beforeunload', warn);
    return () => {
      if (askBefore === ask) askBefore = undefined;
      window.removeEventListener('beforeunload', warn);
    };
  }, [isActive, loss, t]);
}
