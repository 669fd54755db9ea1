import { Button, Group } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import type { usePages } from './use-pages.ts';

const messages = defineMessages({
  en: { pages: 'Pages of the list', previous: 'Previous page', next: 'Next page' },
  zh: { pages: '列表分页', previous: '上一页', next: '下一页' },
});

/** To the pages before and after; nothing where there is only one. */
export function Pager({
  pages,
  pageInfo,
}: {
  readonly pages: ReturnType<typeof usePages>;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}) {
  const t = useMessages(messages);
  const { endCursor } = pageInfo;
  if (pages.isFirst && !pageInfo.hasNextPage) return null;
  return (
    <Group component="nav" aria-label={t.pages} justify="center" mt="md">
      <Button
        variant="default"
        leftSection={<ChevronLeft size={16} aria-hidden />}
        disabled={pages.isFirst}
        onClick={pages.previous}
      >
        {t.previous}
      </Button>
      <Button
        variant="default"
        rightSection={<ChevronRight size={16} aria-hidden />}
        disabled={!pageInfo.hasNextPage || endCursor === null}
        onClick={() => endCursor !== null && pages.next(endCursor)}
      >
        {t.next}
      </Button>
    </Group>
  );
}
