import { useMutation } from '@apollo/client/react';
import { Badge, Button, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Download, Link2, X } from 'lucide-react';
import { useRef } from 'react';
import { Failed } from '../../components/failed.tsx';
import { LinkDialog } from '../../components/link-dialog.tsx';
import {
  CancelExportDocument,
  CreateExportJobLinkDocument,
  type ExportJobsQuery,
} from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { exportMessages } from './export-messages.ts';
import { isUnfinished } from './export-watch.ts';

export type ExportJob = ExportJobsQuery['exportJobs']['edges'][number]['node'];

const COLOURS = {
  QUEUED: 'gray',
  RUNNING: 'blue',
  DONE: 'green',
  FAILED: 'red',
  CANCELLED: 'gray',
  EXPIRED: 'gray',
} as const satisfies Record<ExportJob['state'], string>;

/** A report that was asked for in the background: what it is, how far, and what can be done with it. */
export function ExportItem({
  job,
  title,
  withUser,
}: {
  readonly job: ExportJob;
  /** Of its report. */
  readonly title: string;
  /** Says who has asked for it. */
  readonly withUser: boolean;
}) {
  const t = useMessages(exportMessages);
  const formats = useFormats();
  const { malls } = useSession();
  const [cancel, { loading: isCancelling, error }] = useMutation(CancelExportDocument);
  const [createLink] = useMutation(CreateExportJobLinkDocument);
  const [isLinking, linking] = useDisclosure();
  const item = useRef<HTMLLIElement>(null);
  const { id, state, percent, mallId, startTime, endTime } = job;
  const mall =
    mallId === null ? t.allMalls : (malls.find((one) => one.id === mallId)?.name ?? t.mall(mallId));
  const period = [...new Set([startTime, endTime])].filter(Boolean).join(' – ');
  return (
    <Paper withBorder p="sm" component="li" ref={item} tabIndex={-1} aria-label={`${title} ${job.filename}`}>
      <Group justify="space-between" gap="sm">
        <Stack gap={2} flex="1 1 260px" miw={0}>
          <Group gap="xs">
            <Text fw={600}>{title}</Text>
            <Badge variant="outline" color="gray">
              {job.format}
            </Badge>
            <Badge variant="dot" color={COLOURS[state]}>
              {t.state[state]}
            </Badge>
          </Group>
          <Text size="sm" className="stockroom-name">
            {[mall, period].filter(Boolean).join(' · ')}
          </Text>
          <Text size="sm" c="dimmed" className="stockroom-name">
            <time dateTime={job.createdAt} title={formats.dateTime(job.createdAt)}>
              {formats.ago(job.createdAt)}
            </time>
            {withUser && job.user && ` · ${t.by(job.user.username)}`}
            <Facts job={job} />
          </Text>
          {job.error && (
            <Text size="sm" c="var(--mantine-color-error)">
              {job.error.message}
            </Text>
          )}
        </Stack>
        <Group gap="xs">
          {isUnfinished(state) && (
            <Button
              size="xs"
              variant="default"
              leftSection={<X size={16} aria-hidden />}
              loading={isCancelling}
              onClick={() => {
                // The button goes.
                item.current?.focus();
                void cancel({ variables: { id } }).catch(() => {});
              }}
            >
              {t.cancel}
            </Button>
          )}
          {state === 'DONE' && (
            <>
              <Button
                component="a"
                href={exportFilePath(id)}
                download
                size="xs"
                variant="light"
                leftSection={<Download size={16} aria-hidden />}
                aria-label={t.download(job.filename)}
              >
                {t.downloadShort}
              </Button>
              <Button
                size="xs"
                variant="default"
                leftSection={<Link2 size={16} aria-hidden />}
                onClick={linking.open}
              >
                {t.link}
              </Button>
            </>
          )}
        </Group>
      </Group>
      {isUnfinished(state) && (
        <Progress
          value={percent ?? 0}
          mt="xs"
          animated={state === 'RUNNING'}
          aria-label={t.progress(title)}
        />
      )}
      {error && <Failed error={error} />}
      <LinkDialog
        opened={isLinking}
        title={t.link}
        make={async ({ expiresInSeconds }) =>
          (await createLink({ variables: { id, expiresInSeconds } })).data?.createExportJobLink
        }
        onClose={linking.close}
      />
    </Paper>
  );
}

/** Where the session gets a finished file; under the page's own origin, whatever the server calls itself. */
export function exportFilePath(id: string): string {
  return `/exports/jobs/${id}`;
}

function Facts({
  job: { state, rowsDone, rowsTotal, percent, bytes, expiresAt },
}: {
  readonly job: ExportJob;
}) {
  const t = useMessages(exportMessages);
  const formats = useFormats();
  const done = formats.number(rowsDone);
  switch (state) {
    case 'RUNNING':
      return [
        '',
        ...(percent === null ? [] : [formats.percent(percent / 100)]),
        rowsTotal === null ? t.rows(done) : t.rowsOf(done, formats.number(rowsTotal)),
        formats.bytes(bytes),
      ].join(' · ');
    case 'DONE':
      return ['', t.rows(done), formats.bytes(bytes), t.keptUntil(formats.dateTime(expiresAt))].join(' · ');
    case 'EXPIRED':
      return ` · ${t.rows(done)} · ${t.gone}`;
    case 'QUEUED':
    case 'FAILED':
    case 'CANCELLED':
      return '';
  }
}
