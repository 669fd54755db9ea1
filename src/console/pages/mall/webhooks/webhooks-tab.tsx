import { useQuery } from '@apollo/client/react';
import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { Dialog } from '../../../components/dialog.tsx';
import { EmptyState } from '../../../components/empty-state.tsx';
import { Failed } from '../../../components/failed.tsx';
import { SecretOnce } from '../../../components/secret-once.tsx';
import { MallWebhooksDocument } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import type { MallPageProps } from '../../../routes.tsx';
import { Deliveries } from './deliveries.tsx';
import { webhookMessages } from './messages.ts';
import { type ListedWebhook, WebhookCard } from './webhook-card.tsx';
import { WebhookForm } from './webhook-form.tsx';

/** What is above the list. */
type Shown =
  | { readonly what: 'new' }
  | { readonly what: 'edit'; readonly webhook: ListedWebhook }
  | { readonly what: 'secret'; readonly secret: string };

/** The webhooks of a mall, or what one of them was told; which one is in the address. */
export function WebhooksTab({ mall }: MallPageProps) {
  const t = useMessages(webhookMessages);
  const [search] = useSearchParams();
  const { data, error, refetch } = useQuery(MallWebhooksDocument, {
    variables: { id: mall.id },
    fetchPolicy: 'cache-and-network',
  });
  const [shown, setShown] = useState<Shown>();
  const webhooks = data?.mall?.webhooks;
  if (!webhooks)
    return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h={300} />;
  const opened = webhooks.find(({ id }) => id === search.get('webhook'));
  if (opened) return <Deliveries key={opened.id} webhook={opened} />;
  const make = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setShown({ what: 'new' })}>
      {t.make}
    </Button>
  );
  const onSecret = (secret: string) => setShown({ what: 'secret', secret });
  return (
    <>
      {webhooks.length === 0 ? (
        <EmptyState icon={Webhook} title={t.none} action={make}>
          {t.noneWhy}
        </EmptyState>
      ) : (
        <Stack>
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed" maw={640}>
              {t.what}
            </Text>
            {make}
          </Group>
          <Stack component="ul" m={0} p={0} gap="sm" aria-label={t.list}>
            {webhooks.map((webhook) => (
              <WebhookCard
                key={webhook.id}
                webhook={webhook}
                onEdit={() => setShown({ what: 'edit', webhook })}
                onSecret={onSecret}
              />
            ))}
          </Stack>
        </Stack>
      )}
      <Dialog
        opened={shown !== undefined}
        title={shown?.what === 'secret' ? t.secret : shown?.what === 'edit' ? t.editTitle : t.make}
        onClose={() => setShown(undefined)}
        mustAnswer={shown?.what === 'secret'}
      >
        {shown?.what === 'secret' ? (
          <SecretOnce label={t.secret} value={shown.secret} onDone={() => setShown(undefined)} />
        ) : (
          <WebhookForm
            mallId={mall.id}
            webhook={shown?.what === 'edit' ? shown.webhook : undefined}
            onSecret={onSecret}
            onDone={() => setShown(undefined)}
          />
        )}
      </Dialog>
    </>
  );
}
