import { useApolloClient, useQuery } from '@apollo/client/react';
import { Button, Group, Loader, Stack, Switch, Text, Title } from '@mantine/core';
import { useEffect, useId } from 'react';
import { Failed } from '../../components/failed.tsx';
import { ExportJobsDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { ExportItem } from './export-item.tsx';
import { exportMessages } from './export-messages.ts';
import { isUnfinished, watchExport } from './export-watch.ts';
import classes from './past-exports.module.css';
import type { Report } from './use-wish.ts';

const EXPORTS_SHOWN = 10;
/** Exports that are not watched one by one are asked for this often, ms. */
const LOOK_MS = 5000;

/** Which of the exports are shown. */
export interface ExportsPage {
  readonly all: boolean;
  /** Cursors of the pages before, and of this; the first page has none. */
  readonly cursors: readonly string[];
}

/** What was made in the background, the newest first, as far as it is by now. */
export function PastExports({
  reports,
  page: { all, cursors },
  onPage,
}: {
  readonly reports: readonly Report[];
  readonly page: ExportsPage;
  readonly onPage: (page: ExportsPage) => void;
}) {
  const t = useMessages(exportMessages);
  const { isAdmin } = useSession();
  const client = useApolloClient();
  const titleId = useId();
  const { data, previousData, error, refetch, startPolling, stopPolling } = useQuery(ExportJobsDocument, {
    variables: { first: EXPORTS_SHOWN, after: cursors.at(-1) ?? null, all },
    fetchPolicy: 'cache-and-network',
  });
  const connection = (data ?? previousData)?.exportJobs;
  const jobs = connection?.edges.map(({ node }) => node) ?? [];
  const unfinished = jobs.filter(({ state }) => isUnfinished(state)).map(({ id }) => id);
  const unfinishedIds = unfinished.join();
  useEffect(() => {
    // The oldest come first: they are made first.
    const ids = unfinishedIds.split(',').filter(Boolean).reverse();
    for (const id of ids) watchExport(client, id);
    if (ids.length > 1) startPolling(LOOK_MS);
    else stopPolling();
    return stopPolling;
  }, [client, unfinishedIds, startPolling, stopPolling]);
  const { hasNextPage, endCursor } = connection?.pageInfo ?? {};
  return (
    <Stack component="section" aria-labelledby={titleId} gap="sm" mt="xl">
      <Group justify="space-between">
        <Title order={2} size="h4" id={titleId}>
          {t.title}
        </Title>
        {isAdmin && (
          <Switch
            label={t.all}
            checked={all}
            onChange={(event) => onPage({ all: event.currentTarget.checked, cursors: [] })}
          />
        )}
      </Group>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!connection && !error && <Loader />}
      {connection && jobs.length === 0 && <Text c="dimmed">{t.none}</Text>}
      {jobs.length > 0 && (
        <ul className={classes.list}>
          {jobs.map((job) => (
            <ExportItem
              key={job.id}
              job={job}
              title={reports.find(({ name }) => name === job.report)?.title ?? job.report}
              withUser={all}
            />
          ))}
        </ul>
      )}
      {(cursors.length > 0 || hasNextPage) && (
        <Group component="nav" justify="center" aria-label={t.pages}>
          <Button
            variant="default"
            disabled={cursors.length === 0}
            onClick={() => onPage({ all, cursors: cursors.slice(0, -1) })}
          >
            {t.newer}
          </Button>
          <Button
            variant="default"
            disabled={!hasNextPage}
            onClick={() => endCursor && onPage({ all, cursors: [...cursors, endCursor] })}
          >
            {t.older}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
