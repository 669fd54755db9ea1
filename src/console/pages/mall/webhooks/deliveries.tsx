import { useQuery } from '@apollo/client/react';
import { Anchor, Button, Group, NativeSelect, Skeleton, Stack, Title } from '@mantine/core';
import { ChevronLeft, RefreshCw, ScrollText } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { EmptyState } from '../../../components/empty-state.tsx';
import { Failed } from '../../../components/failed.tsx';
import { Pager } from '../../../components/pager.tsx';
import { usePages } from '../../../components/use-pages.ts';
import { type WebhookDeliveryState, WebhookDocument } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { DeliveryItem } from './delivery-item.tsx';
import { webhookMessages } from './messages.ts';
import type { ListedWebhook } from './webhook-card.tsx';

const PAGE = 20;
const STATES = ['DELIVERED', 'FAILED', 'PENDING'] as const;
/** Milliseconds; while something is on its way. */
const LOOK_AGAIN = 2000;
/** Milliseconds; a message whose next try is further away is not watched. */
const SOON = 60_000;

/** What a webhook was told, and what became of it, the newest first. */
export function Deliveries({ webhook }: { readonly webhook: ListedWebhook }) {
  const t = useMessages(webhookMessages);
  const [state, setState] = useState<WebhookDeliveryState | ''>('');
  const pages = usePages(state);
  const { data, previousData, error, refetch, startPolling, stopPolling } = useQuery(WebhookDocument, {
    variables: { id: webhook.id, first: PAGE, after: pages.after, state: state || null },
    fetchPolicy: 'cache-and-network',
  });
  const deliveries = (data ?? previousData)?.webhook?.deliveries;
  const isUnderWay = deliveries?.edges.some(
    ({ node }) => node.state === 'PENDING' && (!node.dueAt || Date.parse(node.dueAt) < Date.now() + SOON),
  );
  useEffect(() => {
    if (isUnderWay && webhook.enabled) startPolling(LOOK_AGAIN);
    return stopPolling;
  }, [isUnderWay, webhook.enabled, startPolling, stopPolling]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Stack>
      <Anchor component={Link} href="?tab=webhooks" size="sm" w="fit-content">
        <Group gap={4}>
          <ChevronLeft size={16} aria-hidden /> {t.back}
        </Group>
      </Anchor>
      <Title
        order={2}
        size="h4"
        ref={heading}
        tabIndex={-1}
        style={{ outline: 'none' }}
        className="stockroom-name"
      >
        {t.logOf(webhook.url)}
      </Title>
      <Group align="flex-end">
        <NativeSelect
          label={t.state}
          data={[
            { value: '', label: t.all },
            ...STATES.map((each) => ({ value: each, label: t.states[each] })),
          ]}
          value={state}
          onChange={({ currentTarget }) => setState(currentTarget.value as WebhookDeliveryState | '')}
        />
        <Button
          variant="default"
          leftSection={<RefreshCw size={16} aria-hidden />}
          onClick={() => void refetch()}
        >
          {t.refresh}
        </Button>
      </Group>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!deliveries && !error && <Skeleton h={200} />}
      {deliveries?.edges.length === 0 && (
        <EmptyState icon={ScrollText} title={t.noDelivery}>
          {t.noDeliveryWhy}
        </EmptyState>
      )}
      {deliveries && deliveries.edges.length > 0 && (
        <Stack component="ol" m={0} p={0} gap="xs" aria-label={t.log}>
          {deliveries.edges.map(({ node }) => (
            <DeliveryItem key={node.id} delivery={node} onSent={() => void refetch()} />
          ))}
        </Stack>
      )}
      {deliveries && <Pager pages={pages} pageInfo={deliveries.pageInfo} />}
    </Stack>
  );
}
