import { Group, Text } from '@mantine/core';
import { CopyButton } from '../../../components/copy-button.tsx';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import classes from './snippet.module.css';

const messages = defineMessages({
  en: { copy: (title: string) => `Copy: ${title}` },
  zh: { copy: (title) => `复制：${title}` },
});

/** A text to be copied. */
export function Snippet({ title, value }: { readonly title: string; readonly value: string }) {
  const t = useMessages(messages);
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <CopyButton value={value} label={t.copy(title)} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long one scrolls, also by keys. */}
      <pre className={classes.text} tabIndex={0}>
        {value}
      </pre>
    </div>
  );
}
