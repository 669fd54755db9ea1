import { useApolloClient, useQuery } from '@apollo/client/react';
import { Center, Loader } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { PageTitle } from '../../components/page-title.tsx';
import { ExportJobsDocument, ReportsDocument } from '../../generated/graphql.ts';
import { useLanguage, useMessages } from '../../i18n/language.tsx';
import { NoMallPage } from '../../layout/no-mall-page.tsx';
import { mallRights, useSession } from '../../session.tsx';
import { messages } from './messages.ts';
import { type ExportsPage, PastExports } from './past-exports.tsx';
import { ReportForm } from './report-form.tsx';
import { useExportStarted } from './use-export-started.tsx';

const FIRST_PAGE: ExportsPage = { all: false, cursors: [] };

/** Reports to download at once or to have made, and those that were. */
export default function ReportsPage() {
  const t = useMessages(messages);
  const { language } = useLanguage();
  const { malls, isAdmin } = useSession();
  const client = useApolloClient();
  const { data, error, refetch } = useQuery(ReportsDocument, { fetchPolicy: 'cache-and-network' });
  const [page, setPage] = useState(FIRST_PAGE);
  const tellStarted = useExportStarted();
  // Titles are in the language of the request.
  useDidUpdate(() => void refetch(), [language]);
  const mayManage = isAdmin || malls.some((mall) => mallRights(mall).mayManage);
  const reports = data?.reports.filter(({ forManagers }) => mayManage || !forManagers);
  const showStarted = async (id: string) => {
    tellStarted(id);
    setPage(FIRST_PAGE);
    await client.refetchQueries({ include: [ExportJobsDocument] });
  };
  if (malls.length === 0 && !isAdmin) return <NoMallPage />;
  return (
    <>
      <PageTitle title={t.title} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!reports && !error && (
        <Center mih="40vh">
          <Loader />
        </Center>
      )}
      {reports && (
        <>
          <ReportForm reports={reports} onStarted={(id) => void showStarted(id)} />
          <PastExports reports={reports} page={page} onPage={setPage} />
        </>
      )}
    </>
  );
}
