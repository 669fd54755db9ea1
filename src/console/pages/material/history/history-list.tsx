import { useQuery } from '@apollo/client/react';
import { Button, Skeleton, Stack, Text, Timeline } from '@mantine/core';
import { useState } from 'react';
import { AuditChange } from '../../../components/audit-value.tsx';
import { auditWords, wordFor } from '../../../components/audit-words.ts';
import { Failed } from '../../../components/failed.tsx';
import { MaterialHistoryDocument, type MaterialHistoryQuery } from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';

type Event = NonNullable<MaterialHistoryQuery['material']>['history']['edges'][number]['node'];

const messages = defineMessages({
  en: {
    more: (shown: string, all: string) => `Show more (${shown} of ${all})`,
    server: 'the server',
    command: 'a command',
    until: (when: string) => `Good until ${when}`,
    empty: 'Nothing has been told of this material yet.',
  },
  zh: {
    more: (shown, all) => `显示更多（${shown} / ${all}）`,
    server: '服务器',
    command: '命令行',
    until: (when) => `有效期至 ${when}`,
    empty: '暂无此素材的记录。',
  },
});

/** What was done to the material and by whom, the newest first. */
export function HistoryList({ id }: { readonly id: string }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [isAsking, setAsking] = useState(false);
  const { data, error, refetch, fetchMore } = useQuery(MaterialHistoryDocument, {
    variables: { id },
    fetchPolicy: 'cache-and-network',
  });
  const history = data?.material?.history;
  if (error && !history) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!history) return <Skeleton h={160} />;
  const { edges, pageInfo, totalCount } = history;
  const showMore = async () => {
    setAsking(true);
    await fetchMore({
      variables: { after: pageInfo.endCursor },
      updateQuery: (before, { fetchMoreResult: { material } }) =>
        before.material && material
          ? {
              material: {
                ...material,
                history: {
                  ...material.history,
                  edges: [...before.material.history.edges, ...material.history.edges],
                },
              },
            }
          : before,
    }).catch(() => {});
    setAsking(false);
  };
  return (
    <Stack>
      {edges.length === 0 && <Text c="dimmed">{t.empty}</Text>}
      <Timeline bulletSize={14} lineWidth={2} active={edges.length}>
        {edges.map(({ node }) => (
          <Timeline.Item key={node.id} title={<Told event={node} />}>
            <Text size="xs" c="dimmed">
              <time dateTime={node.at} title={formats.dateTime(node.at)}>
                {formats.dateTime(node.at)}
              </time>
              {' · '}
              <span className="stockroom-name">{node.actor?.username ?? by(node)}</span>
            </Text>
            <Changes event={node} />
          </Timeline.Item>
        ))}
      </Timeline>
      {pageInfo.hasNextPage && (
        <Button variant="default" loading={isAsking} onClick={() => void showMore()}>
          {t.more(formats.number(edges.length), formats.number(totalCount))}
        </Button>
      )}
    </Stack>
  );

  function by({ data: more }: Event): string {
    return dataOf(more).via === 'cli' ? t.command : t.server;
  }
}

function Told({ event: { action } }: { readonly event: Event }) {
  const words = useMessages(auditWords);
  return (
    <Text span size="sm" fw={600}>
      {wordFor(words.actions, action)}
    </Text>
  );
}

/** Field by field: before → after. */
function Changes({ event: { data, changes } }: { readonly event: Event }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { expiresAt } = dataOf(data);
  return (
    <>
      {typeof expiresAt === 'string' && <Text size="sm">{t.until(formats.dateTime(expiresAt))}</Text>}
      {changes.length > 0 && (
        <Stack component="ul" gap={0} p={0} m={0}>
          {changes.map(({ field, before, after }) => (
            <AuditChange key={field} field={field} before={before} after={after} />
          ))}
        </Stack>
      )}
    </>
  );
}

function dataOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}
