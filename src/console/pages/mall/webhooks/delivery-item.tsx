import { useMutation } from '@apollo/client/react';
import { Badge, Button, Card, Code, Group, ScrollArea, Text } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import { auditWords, wordFor } from '../../../components/audit-words.ts';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Failed } from '../../../components/failed.tsx';
import { RedeliverWebhookDocument, type WebhookQuery } from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { webhookMessages } from './messages.ts';

type Delivery = NonNullable<WebhookQuery['webhook']>['deliveries']['edges'][number]['node'];

const COLOURS = { DELIVERED: 'teal.9', FAILED: 'red.9', PENDING: 'gray.7' } as const;

/** A message: what became of it, what it says, and a way to send it again. An item of a list. */
export function DeliveryItem({
  delivery,
  onSent,
}: {
  readonly delivery: Delivery;
  readonly onSent: () => void;
}) {
  const t = useMessages(webhookMessages);
  const words = useMessages(auditWords);
  const formats = useFormats();
  const [redeliver, { loading, error }] = useMutation(RedeliverWebhookDocument);
  const sendAgain = async () => {
    const { data } = await redeliver({ variables: { deliveryId: delivery.id } }).catch(() => ({
      data: undefined,
    }));
    if (data) onSent();
  };
  return (
    <Card component="li" withBorder padding="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Badge tt="none" color={COLOURS[delivery.state]}>
            {t.states[delivery.state]}
          </Badge>
          <Text component="span" fw={600}>
            {wordFor(words.actions, delivery.event)}
          </Text>
        </Group>
        <Text
          size="sm"
          c="dimmed"
          component="time"
          dateTime={delivery.createdAt}
          title={formats.dateTime(delivery.createdAt)}
        >
          {formats.ago(delivery.createdAt)}
        </Text>
      </Group>
      <Outcome delivery={delivery} />
      {error && <Failed error={error} />}
      <Payload text={JSON.stringify(delivery.payload, null, 2)} />
      {delivery.state !== 'PENDING' && (
        <Button
          variant="default"
          size="xs"
          w="fit-content"
          leftSection={<RotateCw size={14} aria-hidden />}
          loading={loading}
          onClick={() => void sendAgain()}
        >
          {t.again}
        </Button>
      )}
    </Card>
  );
}

function Outcome({ delivery }: { readonly delivery: Delivery }) {
  const t = useMessages(webhookMessages);
  const formats = useFormats();
  const { attempts, responseStatus, failure, durationMs, dueAt, state } = delivery;
  const parts = [
    t.attempts(attempts),
    responseStatus !== null && t.status(responseStatus),
    failure !== null && wordFor(t.failures, failure),
    durationMs !== null && t.took(formats.number(durationMs)),
    state === 'PENDING' && attempts > 0 && dueAt !== null && t.next(formats.ago(dueAt)),
  ];
  return (
    <Text size="sm" my={4}>
      {parts.filter(Boolean).join(' · ')}
    </Text>
  );
}

function Payload({ text }: { readonly text: string }) {
  const t = useMessages(webhookMessages);
  return (
    <details>
      <summary style={{ cursor: 'pointer', width: 'fit-content' }}>{t.payload}</summary>
      <Group align="flex-start" wrap="nowrap" gap="xs" my="xs">
        <ScrollArea.Autosize
          mah={360}
          flex={1}
          miw={0}
          viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t.payload }}
        >
          <Code block>{text}</Code>
        </ScrollArea.Autosize>
        <CopyButton value={text} label={t.copy} />
      </Group>
    </details>
  );
}
