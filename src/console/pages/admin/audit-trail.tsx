import { useQuery } from '@apollo/client/react';
import { Anchor, Group, Skeleton, Stack } from '@mantine/core';
import { History } from 'lucide-react';
import { Link } from 'wouter';
import { AuditEvent } from '../../components/audit-event.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failed } from '../../components/failed.tsx';
import { Pager } from '../../components/pager.tsx';
import { usePages } from '../../components/use-pages.ts';
import { AuditEventsDocument, type AuditEventsQuery } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { AuditFilterBar } from './audit-filter-bar.tsx';
import { type AuditFilters, searchOf, useAuditFilters, variablesOf } from './audit-filters.ts';

const PAGE = 30;

const messages = defineMessages({
  en: {
    events: 'What was done, the newest first',
    none: 'Nothing was done',
    wider: 'There is nothing that these filters let through. Take one away to see more.',
    material: 'To the material',
    sameActor: 'All by this user',
    sameSubject: 'All that was done to this',
    sameAction: 'All of this kind',
  },
  zh: {
    events: '操作记录，最新的在前',
    none: '没有记录',
    wider: '没有符合筛选条件的记录，请放宽条件。',
    material: '查看素材',
    sameActor: '该用户的全部操作',
    sameSubject: '该对象的全部操作',
    sameAction: '同类操作',
  },
});

type Event = AuditEventsQuery['auditEvents']['edges'][number]['node'];

/** Who did what when: in one mall, or everywhere. What it is narrowed by is in the address. */
export function AuditTrail({ mallId }: { readonly mallId?: number }) {
  const t = useMessages(messages);
  const [filters, setFilters] = useAuditFilters();
  const variables = { ...variablesOf(filters), ...(mallId !== undefined && { mallId }) };
  const pages = usePages(JSON.stringify(variables));
  const { data, previousData, error, refetch } = useQuery(AuditEventsDocument, {
    variables: { ...variables, first: PAGE, after: pages.after },
    fetchPolicy: 'cache-and-network',
  });
  const shown = (data ?? previousData)?.auditEvents;
  return (
    <Stack>
      <AuditFilterBar mallId={mallId} filters={filters} onChange={setFilters} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!shown && !error && <Skeleton h={300} />}
      {shown?.edges.length === 0 && (
        <EmptyState icon={History} title={t.none}>
          {t.wider}
        </EmptyState>
      )}
      {shown && shown.edges.length > 0 && (
        <Stack component="ol" gap="xs" m={0} p={0} aria-label={t.events}>
          {shown.edges.map(({ node }) => (
            <AuditEvent key={node.id} event={node}>
              <More event={node} filters={filters} />
            </AuditEvent>
          ))}
        </Stack>
      )}
      {shown && <Pager pages={pages} pageInfo={shown.pageInfo} />}
    </Stack>
  );
}

/** Links to the same list, narrowed by what an event has. */
function More({ event, filters }: { readonly event: Event; readonly filters: AuditFilters }) {
  const t = useMessages(messages);
  const { mall } = filters;
  const { mallId, subjectId, action } = event;
  const isMaterial = action.startsWith('material.') && action !== 'material.purged';
  const anchor = (text: string, href: string) => (
    <Anchor component={Link} href={href} size="sm">
      {text}
    </Anchor>
  );
  const link = (text: string, change: Partial<AuditFilters>) =>
    anchor(text, `?${searchOf({ mall, ...change })}`);
  return (
    <Group gap="md" mt={4}>
      {isMaterial && mallId !== null && anchor(t.material, `/library/${mallId}/materials/${subjectId}`)}
      {event.actor && link(t.sameActor, { actor: String(event.actor.id) })}
      {subjectId && link(t.sameSubject, { subject: subjectId })}
      {link(t.sameAction, { action })}
    </Group>
  );
}
