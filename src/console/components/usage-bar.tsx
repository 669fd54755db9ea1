import { Progress, Stack, Text } from '@mantine/core';
import { useFormats, useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

/** From this part of the quota on webhooks are told that it is nearly used up. */
const NEAR = 0.9;

const messages = defineMessages({
  en: {
    of: (used: string, quota: string, part: string) => `${used} of ${quota} (${part})`,
    noQuota: (used: string) => `${used}, no limit`,
    label: 'Used part of the quota',
  },
  zh: {
    of: (used, quota, part) => `${used} / ${quota}（${part}）`,
    noQuota: (used) => `${used}，不限容量`,
    label: '已用配额比例',
  },
});

/** How full a mall is: in words, and as a bar where there is a quota. */
export function UsageBar({
  bytes,
  quotaBytes,
}: {
  readonly bytes: number;
  readonly quotaBytes: number | null;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  if (quotaBytes === null) return <Text size="sm">{t.noQuota(formats.bytes(bytes))}</Text>;
  const part = usedPart(bytes, quotaBytes);
  return (
    <Stack gap={4} miw={140}>
      <Text size="sm">{t.of(formats.bytes(bytes), formats.bytes(quotaBytes), formats.percent(part))}</Text>
      <Progress
        value={Math.min(part, 1) * 100}
        color={part >= 1 ? 'red.8' : part >= NEAR ? 'orange.8' : 'indigo.6'}
        aria-label={t.label}
      />
    </Stack>
  );
}

/** 1 where nothing may be kept. */
export function usedPart(bytes: number, quotaBytes: number): number {
  return quotaBytes === 0 ? 1 : bytes / quotaBytes;
}
