import { useApolloClient, useMutation } from '@apollo/client/react';
import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { Download, Hourglass, Link2 } from 'lucide-react';
import { useState } from 'react';
import { checkDownload, ProblemError, saveFile } from '../../api/problem.ts';
import { Failed } from '../../components/failed.tsx';
import { LinkDialog } from '../../components/link-dialog.tsx';
import { CreateExportLinkDocument, MeDocument, StartExportDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';
import { downloadPath, rowVariables, type Wish } from './wish.ts';

/** The ways to get a report: now, later, or for somebody else. */
export function ReportActions({
  wish,
  isAllowed,
  onStarted,
}: {
  readonly wish: Wish;
  /** False: something about the wish is to be mended before. */
  readonly isAllowed: boolean;
  /** Told of an export that has begun in the background. */
  readonly onStarted: (id: string) => void;
}) {
  const t = useMessages(messages);
  const client = useApolloClient();
  const [isChecking, setIsChecking] = useState(false);
  const [error, setError] = useState<unknown>();
  const [isLinking, linking] = useDisclosure();
  const [start, { loading: isStarting }] = useMutation(StartExportDocument);
  const [createLink] = useMutation(CreateExportLinkDocument);
  const { format, lang, thumbnails } = wish;
  const variables = { ...rowVariables(wish), format, lang, thumbnails };
  const download = async () => {
    setIsChecking(true);
    setError(undefined);
    try {
      await checkDownload(downloadPath(wish));
      saveFile(downloadPath(wish));
      notifications.show({ message: t.begun, withCloseButton: false });
    } catch (caught) {
      setError(caught);
      // Where the session has ended, its form comes.
      if (caught instanceof ProblemError && caught.code === 'LOGIN_REQUIRED') {
        void client.refetchQueries({ include: [MeDocument] });
      }
    }
    setIsChecking(false);
  };
  const makeLater = async () => {
    setError(undefined);
    try {
      const { data } = await start({ variables });
      if (data) onStarted(data.startExport.id);
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <>
      <Group gap="xs">
        <Button
          leftSection={<Download size={18} aria-hidden />}
          disabled={!isAllowed}
          loading={isChecking}
          onClick={() => void download()}
        >
          {t.download}
        </Button>
        <Button
          variant="default"
          leftSection={<Hourglass size={18} aria-hidden />}
          disabled={!isAllowed}
          loading={isStarting}
          onClick={() => void makeLater()}
        >
          {t.inBackground}
        </Button>
        <Button
          variant="default"
          leftSection={<Link2 size={18} aria-hidden />}
          disabled={!isAllowed}
          onClick={linking.open}
        >
          {t.link}
        </Button>
      </Group>
      {error !== undefined && <Failed error={error} />}
      <LinkDialog
        opened={isLinking}
        title={t.link}
        maySingleUse
        make={async (options) =>
          (await createLink({ variables: { ...variables, ...options } })).data?.createExportLink
        }
        onClose={linking.close}
      />
    </>
  );
}
