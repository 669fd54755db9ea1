import { Anchor, Breadcrumbs, Button, Group } from '@mantine/core';
import { X } from 'lucide-react';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import type { LibrarySession } from '../data/library-session.ts';
import { libraryFacts } from './facts.ts';
import { activeFilters, type FilterName, type LibraryQuery, withoutFilters } from './library-query.ts';
import { messages } from './messages.ts';

interface FilterPillsProps {
  readonly session: LibrarySession;
  readonly query: LibraryQuery;
  readonly change: (next: Partial<LibraryQuery>) => void;
  readonly set: (query: LibraryQuery) => void;
}

/** What narrows the list, each to be taken away; the folder as a path whose parts lead up. */
export function FilterPills({ session, query, change, set }: FilterPillsProps) {
  const t = useMessages(messages);
  const describe = useDescription(session, query);
  const active = activeFilters(query);
  if (active.length === 0) return null;
  return (
    <Group gap={6}>
      {query.folder && <FolderPath folder={query.folder} onChoose={(folder) => change({ folder })} />}
      {active.map((name) => {
        // The path says it, and leads out of it.
        if (name === 'folder' && query.folder) return null;
        const [label, value] = describe(name);
        const text = t.pill(label, value);
        return (
          <Button
            key={name}
            size="compact-sm"
            radius="xl"
            variant="default"
            rightSection={<X size={14} aria-hidden />}
            aria-label={t.remove(text)}
            onClick={() => change({ [name]: undefined })}
            maw="100%"
          >
            <span dir="auto">{text}</span>
          </Button>
        );
      })}
      <Button size="compact-sm" variant="subtle" onClick={() => set(withoutFilters(query))}>
        {t.clear}
      </Button>
    </Group>
  );
}

function FolderPath({
  folder,
  onChoose,
}: {
  readonly folder: string;
  readonly onChoose: (folder: string | undefined) => void;
}) {
  const t = useMessages(messages);
  const parts = folder.split('/').filter(Boolean);
  return (
    <Breadcrumbs component="nav" aria-label={t.folder} separatorMargin={6}>
      <Anchor component="button" type="button" size="sm" onClick={() => onChoose(undefined)}>
        {t.allFolders}
      </Anchor>
      {parts.map((part, i) => {
        const path = parts.slice(0, i + 1).join('/');
        const isHere = i === parts.length - 1;
        return (
          <Anchor
            key={path}
            component="button"
            type="button"
            size="sm"
            dir="auto"
            aria-current={isHere ? 'page' : undefined}
            fw={isHere ? 600 : undefined}
            onClick={() => onChoose(path)}
          >
            {part}
          </Anchor>
        );
      })}
    </Breadcrumbs>
  );
}

/** Name and value of a filter, in words. */
function useDescription(session: LibrarySession, query: LibraryQuery) {
  const t = useMessages(messages);
  const formats = useFormats();
  return (name: FilterName): readonly [label: string, value: string] => {
    const value = query[name];
    switch (name) {
      case 'name':
        return [t.search, String(value)];
      case 'kind':
        return [t.kind, query.kind ? t.kinds[query.kind] : ''];
      case 'folder':
        return [t.folder, query.folder || t.top];
      case 'by': {
        const id = Number(value);
        return [t.by, libraryFacts(session).users.get(id) ?? t.user(id)];
      }
      case 'from':
      case 'to':
        return [t[name], formats.date(`${value}T00:00`)];
      case 'minSize':
      case 'maxSize':
        return [t[name].replace(/ ?[（(].*$/, ''), formats.bytes(Number(value))];
      case 'minWidth':
      case 'maxWidth':
      case 'minHeight':
      case 'maxHeight':
        return [t[name].replace(/ ?[（(].*$/, ''), `${value} px`];
      default:
        return [t[name], String(value)];
    }
  };
}
