import { Anchor, Box, Center, Group, Image, Loader, Stack, Text } from '@mantine/core';
import { CircleAlert, CircleDashed, ImageIcon } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { ownFileUrl } from '../../server.ts';
import classes from './fetch-item.module.css';
import { messages } from './messages.ts';
import type { FetchRow } from './use-fetch-run.ts';

const SIDE = 48;

/** An address with the picture that it gave, or why it gave none. */
export const FetchItem = memo(function FetchItem({
  row: { url, state, result },
  mallId,
  isRunning,
}: {
  readonly row: FetchRow;
  readonly mallId: number;
  readonly isRunning: boolean;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const material = result?.material;
  return (
    <Group component="li" wrap="nowrap" gap="sm" className={classes.item} align="flex-start">
      <Box w={SIDE} h={SIDE} flex="none">
        {material ? (
          <Image
            src={ownFileUrl(material.thumbnail)}
            alt=""
            w={SIDE}
            h={SIDE}
            fit="contain"
            radius="sm"
            loading="lazy"
          />
        ) : (
          <Center w={SIDE} h={SIDE}>
            <StateIcon state={state} />
          </Center>
        )}
      </Box>
      <Stack gap={2} miw={0} flex={1}>
        {material && (
          <Anchor
            component={Link}
            href={`/library/${mallId}/materials/${material.id}`}
            size="sm"
            fw={600}
            className="stockroom-name"
            dir="auto"
          >
            {material.originFilename}
          </Anchor>
        )}
        <Text size="sm" c="dimmed" className="stockroom-name" dir="ltr" lineClamp={3}>
          {url}
        </Text>
        {state === 'KEPT' && (
          <Text size="sm">
            {[
              t.kept,
              ...(material?.width && material.height ? [`${material.width} × ${material.height}`] : []),
              ...(material ? [formats.bytes(material.size)] : []),
            ].join(' · ')}
          </Text>
        )}
        {state === 'FAILED' && (
          <Text size="sm" c="var(--mantine-color-error)">
            {result?.message ?? t.failed}
          </Text>
        )}
        {state === 'SENT' && <Text size="sm">{t.sent}</Text>}
        {state === 'WAITING' && <Text size="sm">{isRunning ? t.waiting : t.notFetched}</Text>}
      </Stack>
    </Group>
  );
});

function StateIcon({ state }: Pick<FetchRow, 'state'>) {
  switch (state) {
    case 'SENT':
      return <Loader size={24} aria-hidden />;
    case 'FAILED':
      return <CircleAlert color="var(--mantine-color-error)" aria-hidden />;
    case 'WAITING':
      return <CircleDashed color="var(--mantine-color-dimmed)" aria-hidden />;
    case 'KEPT':
      return <ImageIcon color="var(--mantine-color-dimmed)" aria-hidden />;
  }
}
