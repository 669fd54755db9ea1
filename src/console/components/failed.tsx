import { Alert, Button, Group, Text } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { useErrorText } from '../api/use-error-text.ts';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: { title: 'That did not work', retry: 'Try again' },
  zh: { title: '操作未成功', retry: '重试' },
});

/** Why something could not be shown or done, and a way to try again. */
export function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const t = useMessages(messages);
  const errorText = useErrorText();
  return (
    <Alert color="red" variant="outline" icon={<CircleAlert aria-hidden />} title={t.title} role="alert">
      <Group justify="space-between" gap="md">
        <Text size="sm">{errorText(error)}</Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            {t.retry}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
