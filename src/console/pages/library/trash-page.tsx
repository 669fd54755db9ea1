import { Text } from '@mantine/core';
import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { MaterialBrowser } from './browser/material-browser.tsx';
import { messages } from './browser/messages.ts';

export default function TrashPage({ mall }: MallPageProps) {
  const t = useMessages(messages);
  return (
    <MaterialBrowser mall={mall} trashed title={t.trashTitle(mall.name)}>
      <Text size="sm" c="dimmed" mb="xs">
        {t.trashNote}
      </Text>
    </MaterialBrowser>
  );
}
