import { Group, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

/** Heading of a page; also that of the browser's tab, and where screen readers go on after a change of page. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Stockroom`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Group justify="space-between" mb="md" gap="sm">
      <Title
        order={1}
        size="h2"
        tabIndex={-1}
        ref={heading}
        style={{ outline: 'none' }}
        className="stockroom-name"
      >
        {title}
      </Title>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
