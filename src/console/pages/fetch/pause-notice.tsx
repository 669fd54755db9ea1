import { Alert } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';

/** Counts down to when the server takes more. @param until ms since 1970. */
export function PauseNotice({ until }: { readonly until: number }) {
  const t = useMessages(messages);
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), 1000, { autoInvoke: true });
  return (
    <Alert variant="outline" color="orange" icon={<Hourglass aria-hidden />} role="timer">
      {t.paused(Math.max(0, Math.ceil((until - now) / 1000)))}
    </Alert>
  );
}
