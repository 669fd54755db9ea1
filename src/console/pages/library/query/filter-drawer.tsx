import { Button, Checkbox, Drawer, Group, Select, SimpleGrid, Stack } from '@mantine/core';
import { useMemo } from 'react';
import type { MaterialKind } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { useSession } from '../../../session.tsx';
import type { LibrarySession } from '../data/library-session.ts';
import { DelayedAutocomplete, DelayedFolderInput, DelayedInput } from './delayed-input.tsx';
import { libraryFacts } from './facts.ts';
import { activeFilters, type LibraryQuery, withoutFilters } from './library-query.ts';
import { messages } from './messages.ts';

const BYTES_PER_KB = 1024;

interface FilterDrawerProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly session: LibrarySession;
  readonly query: LibraryQuery;
  readonly change: (next: Partial<LibraryQuery>) => void;
  readonly set: (query: LibraryQuery) => void;
}

/** All by which a library can be narrowed; each change shows at once. */
export default function FilterDrawer(props: FilterDrawerProps) {
  const { opened, onClose, session, query, change, set } = props;
  const t = useMessages(messages);
  const { me } = useSession();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for anew when it opens.
  const facts = useMemo(() => libraryFacts(session), [session, opened]);
  const users = new Map([...facts.users, [me.id, t.me(me.username)] as const]);
  if (query.by !== undefined && !users.has(query.by)) users.set(query.by, t.user(query.by));

  const number = (name: 'minWidth' | 'maxWidth' | 'minHeight' | 'maxHeight' | 'minSize' | 'maxSize') => {
    const scale = name.endsWith('Size') ? BYTES_PER_KB : 1;
    const value = query[name];
    return (
      <DelayedInput
        label={t[name]}
        type="number"
        min={0}
        inputMode="numeric"
        value={value === undefined ? '' : String(Math.round(value / scale))}
        onChange={(text) => change({ [name]: toNumber(text, scale) })}
      />
    );
  };
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={t.filters}
      position="right"
      size={360}
      closeButtonProps={{ 'aria-label': t.close }}
    >
      <Stack gap="sm">
        <Select
          label={t.kind}
          placeholder={t.anyKind}
          clearable
          data={(['IMAGE', 'VIDEO', 'AUDIO'] as const).map((kind) => ({ value: kind, label: t.kinds[kind] }))}
          value={query.kind ?? null}
          onChange={(kind) => change({ kind: (kind as MaterialKind | null) ?? undefined })}
        />
        <DelayedFolderInput
          mallId={session.mallId}
          // Those of the trash are nowhere else.
          known={facts.folders}
          label={t.folder}
          description={t.folderHint}
          disabled={query.folder === ''}
          value={query.folder ?? ''}
          onChange={(folder) => change({ folder: folder === '' ? undefined : folder })}
        />
        <Checkbox
          label={t.topOnly}
          checked={query.folder === ''}
          onChange={({ currentTarget }) => change({ folder: currentTarget.checked ? '' : undefined })}
        />
        <DelayedAutocomplete
          label={t.tag}
          data={[...facts.tags]}
          limit={50}
          value={query.tag ?? ''}
          onChange={(tag) => change({ tag: tag === '' ? undefined : tag })}
        />
        <Select
          label={t.by}
          placeholder={t.anybody}
          clearable
          searchable
          data={[...users].map(([id, name]) => ({ value: String(id), label: name }))}
          value={query.by === undefined ? null : String(query.by)}
          onChange={(by) => change({ by: by === null ? undefined : Number(by) })}
        />
        <SimpleGrid cols={2} spacing="sm" verticalSpacing="sm">
          <DelayedInput
            label={t.from}
            type="date"
            value={query.from ?? ''}
            onChange={(from) => change({ from: from || undefined })}
          />
          <DelayedInput
            label={t.to}
            type="date"
            value={query.to ?? ''}
            onChange={(to) => change({ to: to || undefined })}
          />
          {number('minSize')}
          {number('maxSize')}
          {number('minWidth')}
          {number('maxWidth')}
          {number('minHeight')}
          {number('maxHeight')}
        </SimpleGrid>
        <Group mt="md" grow>
          <Button
            variant="default"
            disabled={activeFilters(query).length === 0}
            onClick={() => set(withoutFilters(query))}
          >
            {t.clear}
          </Button>
          <Button onClick={onClose}>{t.done}</Button>
        </Group>
      </Stack>
    </Drawer>
  );
}

function toNumber(text: string, scale: number): number | undefined {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) || value < 0 ? undefined : Math.round(value * scale);
}
