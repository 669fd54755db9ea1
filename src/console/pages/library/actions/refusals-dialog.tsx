import { List, Modal, Text } from '@mantine/core';
import { useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';
import type { Bulk } from './use-bulk.tsx';

/** Says of which materials a change was refused, and why. */
export function RefusalsDialog({ bulk }: { readonly bulk: Bulk }) {
  const t = useMessages(messages);
  const { refusals, forgetRefusals } = bulk;
  return (
    <Modal
      opened={refusals.length > 0}
      onClose={forgetRefusals}
      title={t.failedTitle(refusals.length)}
      closeButtonProps={{ 'aria-label': t.close }}
    >
      <List listStyleType="none" spacing="xs">
        {refusals.map(({ id, name, reason }) => (
          <List.Item key={id}>
            <Text fw={600} size="sm" className="stockroom-name" dir="auto">
              {name}
            </Text>
            <Text size="sm">{reason}</Text>
          </List.Item>
        ))}
      </List>
    </Modal>
  );
}
