import { Button, NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { FilterX } from 'lucide-react';
import { auditWords, knownActions, wordFor } from '../../components/audit-words.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { useSession } from '../../session.tsx';
import { ActorFilter } from './actor-filter.tsx';
import type { AuditFilters } from './audit-filters.ts';

const messages = defineMessages({
  en: {
    filters: 'Filters',
    mall: 'Mall',
    everywhere: 'Everywhere',
    action: 'Action',
    anything: 'Anything',
    from: 'From',
    to: 'To',
    subject: 'Id of the thing',
    clear: 'Clear filters',
  },
  zh: {
    filters: '筛选',
    mall: '商城',
    everywhere: '全部',
    action: '操作',
    anything: '全部操作',
    from: '从',
    to: '到',
    subject: '操作对象编号',
    clear: '清除筛选',
  },
});

/** Of the audit trail of one mall, or of all. */
export function AuditFilterBar({
  mallId,
  filters,
  onChange,
}: {
  readonly mallId: number | undefined;
  readonly filters: AuditFilters;
  readonly onChange: (change: Partial<AuditFilters>) => void;
}) {
  const t = useMessages(messages);
  const words = useMessages(auditWords);
  const { malls } = useSession();
  const { action } = filters;
  const actions = action === '' || knownActions.includes(action) ? knownActions : [action, ...knownActions];
  const isNarrowed = Object.values(filters).some((value) => value !== '');
  return (
    <SimpleGrid component="search" aria-label={t.filters} cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      {mallId === undefined && (
        <NativeSelect
          label={t.mall}
          data={[
            { value: '', label: t.everywhere },
            ...malls.map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
          value={filters.mall}
          onChange={({ currentTarget }) => onChange({ mall: currentTarget.value })}
        />
      )}
      <NativeSelect
        label={t.action}
        data={[
          { value: '', label: t.anything },
          ...actions.map((value) => ({ value, label: wordFor(words.actions, value) })),
        ]}
        value={action}
        onChange={({ currentTarget }) => onChange({ action: currentTarget.value })}
      />
      <ActorFilter mallId={mallId} value={filters.actor} onChange={(actor) => onChange({ actor })} />
      <TextInput
        type="date"
        label={t.from}
        value={filters.from}
        max={filters.to || undefined}
        onChange={({ currentTarget }) => onChange({ from: currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t.to}
        value={filters.to}
        min={filters.from || undefined}
        onChange={({ currentTarget }) => onChange({ to: currentTarget.value })}
      />
      <TextInput
        label={t.subject}
        value={filters.subject}
        onChange={({ currentTarget }) => onChange({ subject: currentTarget.value.trim() })}
      />
      {isNarrowed && (
        <Button
          variant="default"
          style={{ alignSelf: 'end' }}
          leftSection={<FilterX size={16} aria-hidden />}
          onClick={() => onChange({ mall: '', action: '', actor: '', subject: '', from: '', to: '' })}
        >
          {t.clear}
        </Button>
      )}
    </SimpleGrid>
  );
}
