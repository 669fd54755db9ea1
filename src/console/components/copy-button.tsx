import { ActionIcon, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Copy } from 'lucide-react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: { copied: 'Copied' },
  zh: { copied: '已复制' },
});

/** Copies a text; `label` says which, such as "Copy the address". */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  const t = useMessages(messages);
  const { copy, copied } = useClipboard({ timeout: 2000 });
  const text = copied ? t.copied : label;
  return (
    <Tooltip label={text}>
      <ActionIcon variant="subtle" color="gray" aria-label={text} onClick={() => copy(value)}>
        {copied ? <Check size={18} aria-hidden /> : <Copy size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}
