import { Button, Group, Text } from '@mantine/core';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import type { UploadSummary } from '../queue/upload-summary.ts';
import { useUploads } from '../uploads.tsx';
import { messages } from './messages.ts';

/** How fast it goes and how long it takes; or why it does not go on. */
export function TrayStatus({ summary }: { readonly summary: UploadSummary }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const uploads = useUploads();
  const { isBusy, isPaused, trouble, bytes, sentBytes, bytesPerSecond, secondsLeft } = summary;
  if (!isBusy) return <Text h={8} aria-hidden />;
  const obstacle = isPaused ? t.paused : trouble && t[trouble];
  if (obstacle) {
    return (
      <Group px="md" py={6} gap="xs" justify="space-between" wrap="nowrap">
        <Text size="xs" c="var(--mantine-color-error)">
          {obstacle}
        </Text>
        {!isPaused && (
          <Button size="compact-xs" variant="default" onClick={uploads.wake} flex="none">
            {t.tryNow}
          </Button>
        )}
      </Group>
    );
  }
  const parts = [
    t.sent(formats.bytes(sentBytes), formats.bytes(bytes)),
    bytesPerSecond > 0 && t.speed(formats.bytes(bytesPerSecond)),
    secondsLeft !== undefined && t.left(formats.duration(secondsLeft * 1000)),
  ];
  return (
    <Text size="xs" c="dimmed" px="md" py={6}>
      {parts.filter(Boolean).join(' · ')}
    </Text>
  );
}
