import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';

interface PurgeDialogProps {
  readonly count: number;
  readonly onClose: () => void;
  readonly onPurge: () => void;
}

/** Asks once more before something is gone for ever. */
export default function PurgeDialog({ count, onClose, onPurge }: PurgeDialogProps) {
  const t = useMessages(messages);
  return (
    <Modal opened onClose={onClose} title={t.purgeTitle(count)} closeButtonProps={{ 'aria-label': t.close }}>
      <Stack>
        <Text>{t.purgeText}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t.cancel}
          </Button>
          <Button color="red" onClick={onPurge}>
            {t.purgeSubmit(count)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
