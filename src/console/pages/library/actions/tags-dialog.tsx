import { Button, Group, Modal, Stack, TagsInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { messages } from './messages.ts';

interface TagsDialogProps {
  readonly materials: readonly LibraryMaterial[];
  /** To be suggested. */
  readonly known: readonly string[];
  readonly onClose: () => void;
  readonly onApply: (change: { addTags: string[]; removeTags: string[] }) => void;
}

/** Adds tags to what is selected and takes others away. */
export default function TagsDialog({ materials, known, onClose, onApply }: TagsDialogProps) {
  const t = useMessages(messages);
  const [addTags, setAddTags] = useState<string[]>([]);
  const [removeTags, setRemoveTags] = useState<string[]>([]);
  const present = [...new Set(materials.flatMap(({ tags }) => tags))].sort();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onApply({ addTags, removeTags });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t.tagsTitle(materials.length)}
      closeButtonProps={{ 'aria-label': t.close }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TagsInput
            label={t.addTags}
            description={t.tagsHint}
            data={known.filter((tag) => !addTags.includes(tag))}
            value={addTags}
            onChange={setAddTags}
            openOnFocus={false}
            acceptValueOnBlur
            maxTags={50}
            data-autofocus
          />
          {present.length > 0 && (
            <TagsInput
              label={t.removeTags}
              data={present}
              value={removeTags}
              onChange={(tags) => setRemoveTags(tags.filter((tag) => present.includes(tag)))}
            />
          )}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit" disabled={addTags.length + removeTags.length === 0}>
              {t.apply}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
