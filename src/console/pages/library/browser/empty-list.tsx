import { Button } from '@mantine/core';
import { Images, SearchX, Trash2 } from 'lucide-react';
import { EmptyState } from '../../../components/empty-state.tsx';
import { useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';

interface EmptyListProps {
  readonly trashed: boolean;
  readonly isFiltered: boolean;
  readonly mayEdit: boolean;
  readonly onClear: () => void;
}

/** Why there is nothing, and what to do about it. */
export function EmptyList({ trashed, isFiltered, mayEdit, onClear }: EmptyListProps) {
  const t = useMessages(messages);
  if (isFiltered) {
    return (
      <EmptyState icon={SearchX} title={t.nothingTitle} action={<Button onClick={onClear}>{t.clear}</Button>}>
        {t.nothing}
      </EmptyState>
    );
  }
  if (trashed) {
    return (
      <EmptyState icon={Trash2} title={t.emptyTrashTitle}>
        {t.emptyTrash}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Images} title={t.emptyTitle}>
      {mayEdit ? t.empty : t.emptyViewer}
    </EmptyState>
  );
}
