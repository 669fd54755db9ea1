import { ActionIcon, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { copyText } from './copy-text.ts';

const SAID_FOR_MS = 2000;

const messages = defineMessages({
  en: { copied: 'Copied', refused: 'The browser does not let this page copy.' },
  zh: { copied: '已复制', refused: '浏览器不允许此页面复制。' },
});

/** Copies a text; `label` says which, such as "Copy the address". */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  const t = useMessages(messages);
  /** How often it was copied lately; 0: nothing is said of it. */
  const [times, setTimes] = useState(0);
  const copied = times > 0;
  useEffect(() => {
    if (times === 0) return;
    const timer = setTimeout(() => setTimes(0), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [times]);
  const copy = async () => {
    if (await copyText(value)) setTimes((before) => before + 1);
    else notifications.show({ color: 'red', message: t.refused });
  };
  const text = copied ? t.copied : label;
  return (
    <Tooltip label={text}>
      <ActionIcon variant="subtle" color="gray" aria-label={text} onClick={() => void copy()}>
        {copied ? <Check size={18} aria-hidden /> : <Copy size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}
