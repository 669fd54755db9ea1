import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { PageTitle } from '../../../components/page-title.tsx';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';

interface ListTitleProps {
  readonly title: string;
  /** Undefined: not known yet. */
  readonly total: number | undefined;
  readonly children?: ReactNode;
}

/** Heading with how many there are. */
export function ListTitle({ title, total, children }: ListTitleProps) {
  const t = useMessages(messages);
  const formats = useFormats();
  return (
    <PageTitle title={title}>
      <Text size="sm" c="dimmed" role="status">
        {total === undefined ? '\u00a0' : t.count(formats.number(total), total)}
      </Text>
      {children}
    </PageTitle>
  );
}
