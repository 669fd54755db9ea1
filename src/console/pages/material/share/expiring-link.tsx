import { useMutation } from '@apollo/client/react';
import { Button, Checkbox, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Failed } from '../../../components/failed.tsx';
import { CreateDownloadLinkDocument, MaterialHistoryDocument } from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { Snippet } from './snippet.tsx';

const SECONDS = { hour: 3600, day: 86_400, week: 604_800 } as const;
type Duration = keyof typeof SECONDS;

const messages = defineMessages({
  en: {
    title: 'Expiring link',
    what: 'Anybody who has it gets this file, without logging in, until it ends.',
    duration: 'Good for',
    hour: '1 hour',
    day: '1 day',
    week: '7 days',
    download: 'Save the file instead of showing it',
    make: 'Make the link',
    link: 'Link',
    until: (when: string) => `Ends ${when}`,
  },
  zh: {
    title: '限时链接',
    what: '到期之前，任何持有链接的人无需登录即可获取此文件。',
    duration: '有效期',
    hour: '1 小时',
    day: '1 天',
    week: '7 天',
    download: '直接下载，而不是在浏览器中显示',
    make: '创建链接',
    link: '链接',
    until: (when) => `${when} 失效`,
  },
});

export function ExpiringLink({ id }: { readonly id: string }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [duration, setDuration] = useState<Duration>('day');
  const [download, setDownload] = useState(false);
  const [make, { data, loading, error }] = useMutation(CreateDownloadLinkDocument, {
    // The audit trail tells of it.
    refetchQueries: [MaterialHistoryDocument],
  });
  const link = data?.createDownloadLink;
  const send = () => make({ variables: { materialId: id, expiresInSeconds: SECONDS[duration], download } });
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={600}>
          {t.title}
        </Text>
        <Text size="sm" c="dimmed">
          {t.what}
        </Text>
      </div>
      <SegmentedControl
        aria-label={t.duration}
        data={(['hour', 'day', 'week'] as const).map((value) => ({ value, label: t[value] }))}
        value={duration}
        onChange={(value) => setDuration(value as Duration)}
      />
      <Checkbox
        label={t.download}
        checked={download}
        onChange={(event) => setDownload(event.currentTarget.checked)}
      />
      <Group>
        <Button variant="default" loading={loading} onClick={() => void send().catch(() => {})}>
          {t.make}
        </Button>
      </Group>
      {error && <Failed error={error} />}
      {link && (
        <div role="status">
          <Snippet title={t.link} value={link.url} />
          <Text size="xs" c="dimmed" mt={4}>
            {t.until(formats.dateTime(link.expiresAt))}
          </Text>
        </div>
      )}
    </Stack>
  );
}
