import { Button, Group, Modal, Stack } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { FolderInput } from '../../../components/folder-input.tsx';
import { useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';

interface MoveDialogProps {
  readonly count: number;
  /** Where they are now, if all are in the same. */
  readonly folder: string;
  readonly mallId: number;
  readonly onClose: () => void;
  readonly onMove: (folder: string) => void;
}

/** Asks for the folder that gets what is selected. */
export default function MoveDialog({ count, folder: before, mallId, onClose, onMove }: MoveDialogProps) {
  const t = useMessages(messages);
  const [folder, setFolder] = useState(before);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onMove(folder);
  };
  return (
    <Modal opened onClose={onClose} title={t.moveTitle(count)} closeButtonProps={{ 'aria-label': t.close }}>
      <form onSubmit={submit}>
        <Stack>
          <FolderInput
            mallId={mallId}
            label={t.moveTo}
            description={t.moveHint}
            openOnFocus={false}
            value={folder}
            onChange={setFolder}
            data-autofocus
          />
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit">{t.moveSubmit}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
