import { Stack, Text } from '@mantine/core';
import { useLeaveGuard } from '../../components/leave-guard.ts';
import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { FetchForm } from './fetch-form.tsx';
import { FetchOutcomes } from './fetch-outcomes.tsx';
import { messages } from './messages.ts';
import { useFetchRun } from './use-fetch-run.ts';

/** Has pictures from elsewhere kept in a mall. */
export default function FetchPage({ mall }: MallPageProps) {
  const t = useMessages(messages);
  const run = useFetchRun(mall.id);
  useLeaveGuard(run.isRunning, t.leaving);
  return (
    <>
      <PageTitle title={t.title} />
      <Stack maw={900}>
        <Text c="dimmed">{t.intro}</Text>
        <FetchForm mallId={mall.id} isRunning={run.isRunning} onStart={run.start} onStop={run.stop} />
        <FetchOutcomes run={run} mallId={mall.id} />
      </Stack>
    </>
  );
}
