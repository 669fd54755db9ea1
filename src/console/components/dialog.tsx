import { Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { FocusBack } from './focus-back.tsx';

const messages = defineMessages({ en: { close: 'Close' }, zh: { close: '关闭' } });

/** A form or text above the page; what is inside begins anew each time it opens. */
export function Dialog({
  opened,
  title,
  onClose,
  mustAnswer = false,
  children,
}: {
  readonly opened: boolean;
  readonly title: string;
  readonly onClose: () => void;
  /** It does not close by a click beside it, because what it shows comes only once. */
  readonly mustAnswer?: boolean;
  readonly children: ReactNode;
}) {
  const t = useMessages(messages);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      returnFocus={false}
      closeOnClickOutside={!mustAnswer}
      closeButtonProps={{ 'aria-label': t.close }}
      title={
        <Text component="span" fw={600} className="stockroom-name">
          {title}
        </Text>
      }
    >
      <FocusBack />
      {children}
    </Modal>
  );
}
