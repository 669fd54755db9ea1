import { Button, Group, Progress, Text } from '@mantine/core';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useUploadSummary, useUploads } from '../uploads.tsx';
import { messages } from './messages.ts';

/** How far and how fast it goes and how long it takes; or why it does not go on. */
export function TrayStatus() {
  const t = useMessages(messages);
  const formats = useFormats();
  const uploads = useUploads();
  const { isBusy, isPaused, trouble, bytes, sentBytes, bytesPerSecond, secondsLeft } = useUploadSummary();
  if (!isBusy) return <Text h={8} aria-hidden />;
  const obstacle = isPaused ? t.paused : trouble && t[trouble];
  const parts = [
    t.sent(formats.bytes(sentBytes), formats.bytes(bytes)),
    bytesPerSecond > 0 && t.speed(formats.bytes(bytesPerSecond)),
    secondsLeft !== undefined && t.left(formats.duration(secondsLeft * 1000)),
  ];
  return (
    <>
      <Progress
        mx="md"
        mt={6}
        size="sm"
        transitionDuration={0}
        value={bytes > 0 ? (100 * sentBytes) / bytes : 0}
        aria-label={t.progress}
      />
      <Group px="md" py={6} gap="xs" justify="space-between" wrap="nowrap">
        <Text size="xs" c={obstacle ? 'var(--mantine-color-error)' : 'dimmed'}>
          {obstacle ?? parts.filter(Boolean).join(' · ')}
        </Text>
        {obstacle && !isPaused && (
          <Button size="compact-xs" variant="default" onClick={uploads.wake} flex="none">
            {t.tryNow}
          </Button>
        )}
      </Group>
    </>
  );
}
