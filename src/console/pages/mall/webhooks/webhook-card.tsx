import { useMutation } from '@apollo/client/react';
import { Badge, Button, Card, Group, Menu, Text } from '@mantine/core';
import { KeyRound, Pencil, Power, ScrollText, Send, Trash2 } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { useConfirm } from '../../../components/confirm.tsx';
import { Failed } from '../../../components/failed.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import {
  DeleteWebhookDocument,
  MallWebhooksDocument,
  type MallWebhooksQuery,
  PingWebhookDocument,
  RotateWebhookSecretDocument,
  UpdateWebhookDocument,
} from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { webhookMessages } from './messages.ts';

export type ListedWebhook = NonNullable<NonNullable<MallWebhooksQuery['mall']>['webhooks']>[number];

interface WebhookCardProps {
  readonly webhook: ListedWebhook;
  readonly onEdit: () => void;
  /** Told a secret that was just made. */
  readonly onSecret: (secret: string) => void;
}

export function WebhookCard(props: WebhookCardProps) {
  const t = useMessages(webhookMessages);
  const formats = useFormats();
  const { webhook } = props;
  const log = logAddress(webhook.id);
  const [, navigate] = useLocation();
  const [ping, pinging] = useMutation(PingWebhookDocument);
  const sendPing = async () => {
    const { data } = await ping({ variables: { id: webhook.id } }).catch(() => ({ data: undefined }));
    if (data) navigate(log);
  };
  return (
    <Card component="li" withBorder>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text fw={600} className="stockroom-name">
          {webhook.url}
        </Text>
        <WebhookMenu {...props} />
      </Group>
      <Group gap={6} my={6}>
        <Badge tt="none" color={webhook.enabled ? 'teal.9' : 'gray.7'}>
          {webhook.enabled ? t.enabled : t.disabled}
        </Badge>
        <Badge tt="none" variant="default">
          {t.formats[webhook.format]}
        </Badge>
      </Group>
      <Text size="sm">{webhook.events.map((event) => t.events[event]).join(' · ')}</Text>
      {webhook.createdBy && (
        <Text size="sm" c="dimmed" className="stockroom-name">
          {t.madeBy(webhook.createdBy.username, formats.date(webhook.createdAt))}
        </Text>
      )}
      {pinging.error && <Failed error={pinging.error} />}
      <Group gap="xs" mt="sm">
        <Button
          component={Link}
          href={log}
          variant="default"
          leftSection={<ScrollText size={16} aria-hidden />}
        >
          {t.log}
        </Button>
        <Button
          variant="default"
          leftSection={<Send size={16} aria-hidden />}
          loading={pinging.loading}
          disabled={!webhook.enabled}
          onClick={() => void sendPing()}
        >
          {t.ping}
        </Button>
      </Group>
    </Card>
  );
}

function WebhookMenu({ webhook, onEdit, onSecret }: WebhookCardProps) {
  const t = useMessages(webhookMessages);
  const confirm = useConfirm();
  const { id, url, enabled } = webhook;
  const [update] = useMutation(UpdateWebhookDocument);
  const [rotate] = useMutation(RotateWebhookSecretDocument);
  const [remove] = useMutation(DeleteWebhookDocument, {
    refetchQueries: [MallWebhooksDocument],
    awaitRefetchQueries: true,
  });
  const askToRotate = () =>
    confirm({
      title: t.rotateTitle,
      consequence: t.rotateConsequence,
      action: t.rotate,
      run: async () => {
        const { data } = await rotate({ variables: { id } });
        if (data) onSecret(data.rotateWebhookSecret.secret);
      },
    });
  const askToRemove = () =>
    confirm({
      title: t.removeTitle,
      consequence: t.removeConsequence(url),
      action: t.remove,
      run: () => remove({ variables: { id } }),
    });
  return (
    <RowMenu label={t.actionsFor(url)}>
      <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={onEdit}>
        {t.edit}
      </Menu.Item>
      <Menu.Item
        leftSection={<Power size={16} aria-hidden />}
        onClick={() => void update({ variables: { id, enabled: !enabled } }).catch(() => undefined)}
      >
        {enabled ? t.disable : t.enable}
      </Menu.Item>
      <Menu.Item leftSection={<KeyRound size={16} aria-hidden />} onClick={askToRotate}>
        {t.rotate}
      </Menu.Item>
      <Menu.Item color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={askToRemove}>
        {t.remove}
      </Menu.Item>
    </RowMenu>
  );
}

function logAddress(id: string): string {
  return `?${new URLSearchParams({ tab: 'webhooks', webhook: id })}`;
}
