import { useMutation } from '@apollo/client/react';
import { Button, Checkbox, Group, Radio, Stack, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { errorCode } from '../../../api/client.ts';
import { useErrorText } from '../../../api/use-error-text.ts';
import { Failed } from '../../../components/failed.tsx';
import {
  CreateWebhookDocument,
  MallWebhooksDocument,
  UpdateWebhookDocument,
  type WebhookEvent,
  type WebhookFormat,
} from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { webhookMessages } from './messages.ts';
import type { ListedWebhook } from './webhook-card.tsx';

const FORMATS = ['JSON', 'FORM_DATA'] as const;
const EVENTS = Object.keys(webhookMessages.en.events) as WebhookEvent[];

/** Makes a webhook, or changes one; `onSecret` is told the secret of a new one. */
export function WebhookForm({
  mallId,
  webhook,
  onSecret,
  onDone,
}: {
  readonly mallId: number;
  readonly webhook: ListedWebhook | undefined;
  readonly onSecret: (secret: string) => void;
  readonly onDone: () => void;
}) {
  const t = useMessages(webhookMessages);
  const errorText = useErrorText();
  const [create, creation] = useMutation(CreateWebhookDocument, {
    refetchQueries: [MallWebhooksDocument],
    awaitRefetchQueries: true,
  });
  const [update, change] = useMutation(UpdateWebhookDocument);
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [format, setFormat] = useState<WebhookFormat>(webhook?.format ?? 'JSON');
  const [events, setEvents] = useState<readonly WebhookEvent[]>(webhook?.events ?? ['MATERIAL_CREATED']);
  const [isTried, setTried] = useState(false);
  const error = creation.error ?? change.error;
  const isAboutUrl = errorCode(error) === 'PARAMS_INVALID';

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (events.length === 0) return;
    const variables = { url, format, events: [...events] };
    if (webhook) {
      const done = await update({ variables: { id: webhook.id, ...variables } }).catch(() => undefined);
      if (done?.data) onDone();
      return;
    }
    const made = await create({ variables: { mallId, ...variables } }).catch(() => undefined);
    if (made?.data) onSecret(made.data.createWebhook.secret);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          type="url"
          label={t.url}
          description={t.urlWhat}
          placeholder="https://"
          value={url}
          onChange={({ currentTarget }) => setUrl(currentTarget.value)}
          error={isAboutUrl && errorText(error)}
          maxLength={2000}
          required
          data-autofocus
        />
        <Checkbox.Group
          label={t.eventsTitle}
          value={[...events]}
          onChange={(chosen) => setEvents(EVENTS.filter((event) => chosen.includes(event)))}
          error={isTried && events.length === 0 && t.noEvent}
        >
          <Stack gap={6} mt="xs">
            {EVENTS.map((event) => (
              <Checkbox key={event} value={event} label={t.events[event]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Radio.Group label={t.format} value={format} onChange={(value) => setFormat(value as WebhookFormat)}>
          <Stack gap="xs" mt="xs">
            {FORMATS.map((each) => (
              <Radio key={each} value={each} label={t.formats[each]} description={t.formatWhat[each]} />
            ))}
          </Stack>
        </Radio.Group>
        {error && !isAboutUrl && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t.cancel}
          </Button>
          <Button type="submit" loading={creation.loading || change.loading}>
            {webhook ? t.save : t.made}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
