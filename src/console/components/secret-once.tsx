import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { CopyButton } from './copy-button.tsx';

const messages = defineMessages({
  en: { once: 'It is shown only now. Keep it in a safe place.', copy: 'Copy', done: 'Done' },
  zh: { once: '仅显示这一次，请妥善保存。', copy: '复制', done: '完成' },
});

/** A password, key or token that the server will not show again. */
export function SecretOnce({
  label,
  value,
  onDone,
}: {
  readonly label: string;
  readonly value: string;
  readonly onDone: () => void;
}) {
  const t = useMessages(messages);
  return (
    <Stack>
      <Alert color="yellow" variant="outline" icon={<TriangleAlert aria-hidden />}>
        {t.once}
      </Alert>
      <TextInput
        label={label}
        value={value}
        readOnly
        data-autofocus
        onFocus={(event) => event.currentTarget.select()}
        rightSection={<CopyButton value={value} label={t.copy} />}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <Group justify="flex-end">
        <Button onClick={onDone}>{t.done}</Button>
      </Group>
    </Stack>
  );
}
