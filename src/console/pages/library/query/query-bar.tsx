import { Button, CloseButton, Group, SegmentedControl, Select, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { LayoutGrid, List, Search, SlidersHorizontal } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { MaterialOrder } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import type { LibrarySession } from '../data/library-session.ts';
import { DelayedInput } from './delayed-input.tsx';
import { activeFilters, type LibraryQuery, ORDERS } from './library-query.ts';
import { messages } from './messages.ts';
import classes from './query-bar.module.css';

const FilterDrawer = lazy(() => import('./filter-drawer.tsx'));

interface QueryBarProps {
  readonly session: LibrarySession;
  readonly query: LibraryQuery;
  readonly change: (next: Partial<LibraryQuery>, options?: { readonly replace?: boolean }) => void;
  readonly set: (query: LibraryQuery) => void;
}

/** Search, filters, order and view of a list. */
export function QueryBar({ session, query, change, set }: QueryBarProps) {
  const t = useMessages(messages);
  const [opened, { open, close }] = useDisclosure();
  const [wasOpened, setWasOpened] = useState(false);
  const { length: active } = activeFilters(query);
  return (
    <Group gap="xs" className={classes.bar} wrap="nowrap">
      <DelayedInput
        className={classes.search}
        type="search"
        aria-label={t.search}
        placeholder={t.search}
        leftSection={<Search size={16} aria-hidden />}
        rightSection={
          query.name !== undefined && (
            <CloseButton
              size="sm"
              aria-label={t.remove(t.search)}
              onClick={() => change({ name: undefined })}
            />
          )
        }
        value={query.name ?? ''}
        // Letter by letter is one step back.
        onChange={(name) => change({ name: name || undefined }, { replace: query.name !== undefined })}
      />
      <Button
        variant="default"
        leftSection={<SlidersHorizontal size={16} aria-hidden />}
        aria-haspopup="dialog"
        onClick={() => {
          setWasOpened(true);
          open();
        }}
        className={classes.filters}
      >
        <span className={classes.label}>{t.filters}</span>
        {active > 0 && (
          <span className={classes.count}>
            {active}
            <VisuallyHidden>{t.active}</VisuallyHidden>
          </span>
        )}
      </Button>
      <Select
        className={classes.sort}
        aria-label={t.sort}
        data={ORDERS.map((order) => ({ value: order, label: t.orders[order] }))}
        value={query.sort}
        allowDeselect={false}
        onChange={(sort) => change({ sort: (sort ?? 'CREATED_AT_DESC') as MaterialOrder })}
      />
      <SegmentedControl
        aria-label={t.view}
        value={query.view}
        onChange={(view) => change({ view })}
        data={[
          {
            value: 'grid',
            label: (
              <>
                <LayoutGrid size={16} aria-hidden className={classes.icon} />
                <VisuallyHidden>{t.grid}</VisuallyHidden>
              </>
            ),
          },
          {
            value: 'list',
            label: (
              <>
                <List size={16} aria-hidden className={classes.icon} />
                <VisuallyHidden>{t.list}</VisuallyHidden>
              </>
            ),
          },
        ]}
      />
      <Suspense>
        {wasOpened && (
          <FilterDrawer
            opened={opened}
            onClose={close}
            session={session}
            query={query}
            change={change}
            set={set}
          />
        )}
      </Suspense>
    </Group>
  );
}
