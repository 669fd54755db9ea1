import { Button, Group, Progress, Stack, Switch, Text } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import { useRef, useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { Section } from '../../components/section.tsx';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import classes from './fetch-item.module.css';
import { FetchItem } from './fetch-item.tsx';
import { messages } from './messages.ts';
import { PauseNotice } from './pause-notice.tsx';
import type { useFetchRun } from './use-fetch-run.ts';

/** What has become of each address so far. */
export function FetchOutcomes({
  run: { rows, isRunning, pausedUntil, error, retry },
  mallId,
}: {
  readonly run: ReturnType<typeof useFetchRun>;
  readonly mallId: number;
}) {
  const t = useMessages(messages);
  const { number } = useFormats();
  const [onlyFailed, setOnlyFailed] = useState(false);
  const summary = useRef<HTMLParagraphElement>(null);
  const count = (wanted: string) => rows.filter(({ state }) => state === wanted).length;
  const [kept, failed, waiting] = [count('KEPT'), count('FAILED'), count('WAITING')];
  const shown = onlyFailed ? rows.filter(({ state }) => state === 'FAILED') : rows;
  const mayRetry = !isRunning && failed + waiting > 0;
  return (
    <Section title={t.outcomes}>
      {rows.length === 0 ? (
        <Text c="dimmed">{t.none}</Text>
      ) : (
        <Stack gap="sm">
          <Progress.Root>
            <Progress.Section
              value={(kept / rows.length) * 100}
              color="green"
              aria-label={t.progress}
              animated={isRunning}
            />
            <Progress.Section value={(failed / rows.length) * 100} color="red" withAria={false} />
          </Progress.Root>
          <Group justify="space-between" gap="sm">
            <Text role="status" ref={summary} tabIndex={-1} size="sm" fw={600}>
              {t.summary(number(kept + failed), number(rows.length), number(kept), number(failed))}
            </Text>
            <Group gap="md">
              {failed > 0 && (
                <Switch
                  label={t.onlyFailed}
                  checked={onlyFailed}
                  onChange={(event) => setOnlyFailed(event.currentTarget.checked)}
                />
              )}
              {mayRetry && (
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<RotateCw size={16} aria-hidden />}
                  onClick={() => {
                    // The button goes.
                    summary.current?.focus();
                    retry();
                  }}
                >
                  {t.retry(number(failed + waiting))}
                </Button>
              )}
            </Group>
          </Group>
          {pausedUntil !== undefined && <PauseNotice until={pausedUntil} />}
          {error !== undefined && <Failed error={error} />}
          <ul className={classes.list}>
            {shown.map((row) => (
              <FetchItem key={row.url} row={row} mallId={mallId} isRunning={isRunning} />
            ))}
          </ul>
        </Stack>
      )}
    </Section>
  );
}
