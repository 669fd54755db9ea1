import { ActionIcon, Button, Group, Paper, Progress, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useId } from 'react';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useUploadSummary, useUploads } from '../uploads.tsx';
import { Announcer } from './announcer.tsx';
import { messages } from './messages.ts';
import { TrayStatus } from './tray-status.tsx';
import { UploadList } from './upload-list.tsx';
import classes from './upload-tray.module.css';

/** What has become of the files so far, in a corner of every page. */
export default function UploadTray() {
  const t = useMessages(messages);
  const formats = useFormats();
  const uploads = useUploads();
  const summary = useUploadSummary();
  const [isOpen, { toggle }] = useDisclosure(true);
  const listId = useId();
  const { total, done, failed, bytes, sentBytes, isBusy, isPaused } = summary;
  const title = isBusy
    ? t.running(formats.number(done), formats.number(total))
    : t.allDone(done, formats.number(done));
  return (
    <Paper component="section" aria-label={t.uploads} withBorder shadow="xl" className={classes.tray}>
      <Group justify="space-between" wrap="nowrap" px="md" pt="xs" gap="xs">
        <Text fw={600} size="sm">
          {title}
          {failed > 0 && (
            <Text span inherit c="var(--mantine-color-error)">
              {' · '}
              {t.someFailed(formats.number(failed))}
            </Text>
          )}
        </Text>
        <Group gap={4} wrap="nowrap">
          <IconButton
            label={isOpen ? t.hide : t.show}
            icon={isOpen ? ChevronDown : ChevronUp}
            onClick={toggle}
            expands={listId}
            isExpanded={isOpen}
          />
          {!isBusy && <IconButton label={t.close} icon={X} onClick={() => uploads.clear()} />}
        </Group>
      </Group>
      {isBusy && (
        <Progress
          mx="md"
          mt={6}
          size="sm"
          value={bytes > 0 ? (100 * sentBytes) / bytes : 0}
          aria-label={t.progress}
        />
      )}
      <TrayStatus summary={summary} />
      {isOpen && (isBusy || failed > 0) && (
        <Group px="md" pb="xs" gap="xs" justify="flex-end">
          {failed > 0 && (
            <Button size="compact-sm" variant="default" onClick={() => uploads.retryFailed()}>
              {t.retryFailed}
            </Button>
          )}
          {isBusy && (
            <Button size="compact-sm" variant="default" onClick={() => uploads.cancelAll()}>
              {t.cancelAll}
            </Button>
          )}
        </Group>
      )}
      <div id={listId}>{isOpen && !isPaused && <UploadList />}</div>
      <Announcer summary={summary} />
    </Paper>
  );
}

function IconButton({
  label,
  icon: Icon,
  onClick,
  expands,
  isExpanded,
}: {
  readonly label: string;
  readonly icon: typeof X;
  readonly onClick: () => void;
  readonly expands?: string;
  readonly isExpanded?: boolean;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-controls={expands}
        aria-expanded={isExpanded}
        onClick={onClick}
      >
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
