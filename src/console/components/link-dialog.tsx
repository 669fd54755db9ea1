import { Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useFormats, useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { CopyButton } from './copy-button.tsx';
import { Failed } from './failed.tsx';

const MINUTES = { tenMinutes: 10, hour: 60, day: 24 * 60, week: 7 * 24 * 60 } as const;

const messages = defineMessages({
  en: {
    goodFor: 'Good for',
    tenMinutes: '10 minutes',
    hour: 'An hour',
    day: 'A day',
    week: 'A week',
    singleUse: 'For one download only',
    make: 'Make the link',
    link: 'Link',
    copy: 'Copy the link',
    until: (time: string) => `Whoever has it gets the file without a login, until ${time}.`,
  },
  zh: {
    goodFor: '有效期',
    tenMinutes: '10 分钟',
    hour: '1 小时',
    day: '1 天',
    week: '7 天',
    singleUse: '仅可下载一次',
    make: '生成链接',
    link: '链接',
    copy: '复制链接',
    until: (time) => `在 ${time} 之前，任何拥有此链接的人无需登录即可下载。`,
  },
});

interface Link {
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

interface LinkOptions {
  readonly expiresInSeconds: number;
  readonly singleUse: boolean;
}

interface LinkDialogProps {
  readonly opened: boolean;
  readonly title: string;
  /** Whether the link can be good for one download. */
  readonly maySingleUse?: boolean;
  readonly make: (options: LinkOptions) => Promise<Link | undefined>;
  readonly onClose: () => void;
}

/** Makes an address for somebody without a login, for as long as the user chooses, and shows it. */
export function LinkDialog({ opened, title, onClose, ...form }: LinkDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <LinkForm {...form} />
    </Modal>
  );
}

function LinkForm({ maySingleUse = false, make }: Pick<LinkDialogProps, 'maySingleUse' | 'make'>) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [duration, setDuration] = useState<keyof typeof MINUTES>('hour');
  const [singleUse, setSingleUse] = useState(false);
  const [isMaking, setIsMaking] = useState(false);
  const [link, setLink] = useState<Link>();
  const [error, setError] = useState<unknown>();
  const submit = async () => {
    setIsMaking(true);
    setError(undefined);
    try {
      setLink(await make({ expiresInSeconds: MINUTES[duration] * 60, singleUse }));
    } catch (caught) {
      setError(caught);
    }
    setIsMaking(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack>
        <Select
          label={t.goodFor}
          data={Object.keys(MINUTES).map((name) => ({
            value: name,
            label: t[name as keyof typeof MINUTES],
          }))}
          value={duration}
          onChange={(name) => {
            if (name) setDuration(name as keyof typeof MINUTES);
            setLink(undefined);
          }}
          allowDeselect={false}
          data-autofocus
        />
        {maySingleUse && (
          <Checkbox
            label={t.singleUse}
            checked={singleUse}
            onChange={(event) => {
              setSingleUse(event.currentTarget.checked);
              setLink(undefined);
            }}
          />
        )}
        {error !== undefined && <Failed error={error} />}
        {link ? (
          <div role="status">
            <Group align="flex-end" gap="xs" wrap="nowrap">
              <TextInput
                label={t.link}
                value={link.url}
                readOnly
                flex={1}
                onFocus={(event) => event.currentTarget.select()}
              />
              <CopyButton value={link.url} label={t.copy} />
            </Group>
            <Text size="sm" c="dimmed" mt="xs">
              {t.until(formats.dateTime(link.expiresAt))}
            </Text>
          </div>
        ) : (
          <Button type="submit" loading={isMaking}>
            {t.make}
          </Button>
        )}
      </Stack>
    </form>
  );
}
