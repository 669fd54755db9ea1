import { Button, Text, VisuallyHidden } from '@mantine/core';
import { ArrowUp } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { Failed } from '../../../components/failed.tsx';
import { materialPath, visitFrom } from '../../../components/material-visit.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { type Mall, mallRights } from '../../../session.tsx';
import { ActionDialogs } from '../actions/action-dialogs.tsx';
import { SelectionBar } from '../actions/selection-bar.tsx';
import { type DialogName, useActions } from '../actions/use-actions.tsx';
import { useBulk } from '../actions/use-bulk.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { useMaterialList } from '../data/use-material-list.ts';
import { FilterPills } from '../query/filter-pills.tsx';
import { activeFilters, withoutFilters } from '../query/library-query.ts';
import { QueryBar } from '../query/query-bar.tsx';
import { useLibraryQuery } from '../query/use-library-query.ts';
import { useSelection } from '../select/use-selection.ts';
import { MaterialView, type ViewHandle } from '../view/material-view.tsx';
import { EmptyList } from './empty-list.tsx';
import { ListTitle } from './list-title.tsx';
import classes from './material-browser.module.css';
import { messages } from './messages.ts';
import { useHeight } from './use-height.ts';

/** Of the frame's header, px. */
const HEADER = 56;

interface BrowserProps {
  readonly mall: Mall;
  /** Whether it shows the trash. */
  readonly trashed: boolean;
  readonly title: string;
  /** Beside the title, such as what brings materials in; told the folder that is shown. */
  readonly aside?: (folder: string) => ReactNode;
  /** Below the title. */
  readonly children?: ReactNode;
}

/** The materials of a mall, or of its trash: found, chosen and changed many at once. */
export function MaterialBrowser({ mall, trashed, title, aside, children }: BrowserProps) {
  const t = useMessages(messages);
  const { mayEdit } = mallRights(mall);
  const [, navigate] = useLocation();
  const { query, change, set } = useLibraryQuery();
  const { session, list, snapshot } = useMaterialList(mall.id, query, trashed);
  const { items, isLoaded, hasMore, error, waiting } = snapshot;
  const selection = useSelection(items);
  const bulk = useBulk(list);
  const bar = useRef<HTMLDivElement>(null);
  const covered = HEADER + useHeight(bar);
  const view = useRef<ViewHandle>(null);
  const [dialog, setDialog] = useState<DialogName>();
  const opener = useRef<Element>(null);
  const isFiltered = activeFilters(query).length > 0;
  const isEmpty = isLoaded && items.length === 0 && !hasMore;

  const selected = items.filter(({ id }) => selection.ids.has(id));
  const focusView = () => view.current?.focus();
  const openDialog = (name: DialogName) => {
    opener.current = document.activeElement;
    setDialog(name);
  };
  const actions = useActions({
    mallId: mall.id,
    materials: selected,
    bulk,
    mayEdit,
    trashed,
    onDialog: openDialog,
    onGone: focusView,
  });
  useEffect(() => {
    const before = opener.current;
    if (dialog || !before) return;
    opener.current = null;
    // What it was opened for may be gone, and its button with it.
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else view.current?.focus();
  }, [dialog]);

  const hrefOf = useCallback(
    ({ id }: LibraryMaterial) => (trashed ? undefined : materialPath(mall.id, id)),
    [mall.id, trashed],
  );
  const onOpen = (material: LibraryMaterial) => {
    const href = hrefOf(material);
    if (href === undefined) return;
    navigate(href, { state: visitFrom(items, material.id) });
    window.scrollTo(0, 0);
  };
  const onRemove = () => {
    const active = items[selection.active];
    const chosen = selected.length > 0 ? selected : active ? [active] : [];
    if (chosen.length > 0) void bulk.trash(chosen).then(focusView);
  };

  return (
    <>
      <ListTitle title={title} total={snapshot.total}>
        {aside?.(query.folder ?? '')}
      </ListTitle>
      {children}
      <div ref={bar} className={classes.bar}>
        <div className={classes.bars}>
          <div className={classes.query} data-hidden={selected.length > 0 || undefined}>
            <QueryBar session={session} query={query} change={change} set={set} />
          </div>
          {selected.length > 0 && (
            <SelectionBar
              count={selected.length}
              isBusy={bulk.isBusy}
              actions={actions}
              onClear={() => {
                selection.clear();
                focusView();
              }}
            />
          )}
        </div>
        <FilterPills session={session} query={query} change={change} set={set} />
        {waiting > 0 && (
          <Button
            className={classes.fresh}
            radius="xl"
            size="compact-md"
            leftSection={<ArrowUp size={16} aria-hidden />}
            onClick={() => {
              list.hold(false);
              window.scrollTo(0, 0);
              focusView();
            }}
          >
            {t.fresh(waiting)}
          </Button>
        )}
      </div>
      <div className={classes.content} style={{ ['--library-top' as string]: `${covered}px` }}>
        {isEmpty ? (
          <EmptyList
            trashed={trashed}
            isFiltered={isFiltered}
            mayEdit={mayEdit}
            onClear={() => set(withoutFilters(query))}
          />
        ) : (
          (isLoaded || error === undefined) && (
            <MaterialView
              key={query.view}
              view={query.view}
              list={list}
              snapshot={snapshot}
              selection={selection}
              sort={query.sort}
              onSort={(sort) => change({ sort })}
              hrefOf={hrefOf}
              onOpen={onOpen}
              onRemove={mayEdit && !trashed ? onRemove : undefined}
              covered={covered}
              handle={view}
            />
          )
        )}
        {error !== undefined && <Failed error={error} onRetry={() => list.retry()} />}
        {isLoaded && !isEmpty && !trashed && (
          <Text size="xs" c="dimmed" mt="md" visibleFrom="sm">
            {t.keys}
          </Text>
        )}
        <VisuallyHidden role="status">{isEmpty && isFiltered && t.nothing}</VisuallyHidden>
      </div>
      <ActionDialogs
        dialog={dialog}
        session={session}
        materials={selected}
        bulk={bulk}
        onClose={() => setDialog(undefined)}
      />
    </>
  );
}
