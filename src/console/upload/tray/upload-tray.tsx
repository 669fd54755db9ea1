import { ActionIcon, Button, Group, Paper } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronDown, ChevronUp, type LucideIcon, X } from 'lucide-react';
import { useId } from 'react';
import { useMessages } from '../../i18n/language.tsx';
import { useUploadSummary, useUploads } from '../uploads.tsx';
import { Announcer } from './announcer.tsx';
import { messages } from './messages.ts';
import { TrayStatus } from './tray-status.tsx';
import { TrayTitle } from './tray-title.tsx';
import { UploadList } from './upload-list.tsx';
import classes from './upload-tray.module.css';

/** What has become of the files so far, in a corner of every page. */
export default function UploadTray() {
  const t = useMessages(messages);
  const uploads = useUploads();
  const isBusy = useUploadSummary((summary) => summary.isBusy);
  const isPaused = useUploadSummary((summary) => summary.isPaused);
  const hasFailed = useUploadSummary(({ failed }) => failed > 0);
  const [isOpen, { toggle }] = useDisclosure(true);
  const listId = useId();
  return (
    <Paper component="section" aria-label={t.uploads} withBorder shadow="xl" className={classes.tray}>
      <Group justify="space-between" wrap="nowrap" px="md" pt="xs" gap="xs">
        <TrayTitle />
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
      <TrayStatus />
      {isOpen && (isBusy || hasFailed) && (
        <Group px="md" pb="xs" gap="xs" justify="flex-end">
          {hasFailed && (
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
      <Announcer />
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
  readonly icon: LucideIcon;
  readonly onClick: () => void;
  readonly expands?: string;
  readonly isExpanded?: boolean;
}) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      aria-controls={expands}
      aria-expanded={isExpanded}
      onClick={onClick}
    >
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}
