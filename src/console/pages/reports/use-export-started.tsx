import { useApolloClient } from '@apollo/client/react';
import { Anchor } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback } from 'react';
import { useMessages } from '../../i18n/language.tsx';
import { exportFilePath } from './export-item.tsx';
import { exportMessages } from './export-messages.ts';
import { type WatchedExport, watchExport } from './export-watch.ts';
import { messages } from './messages.ts';

/** Tells that an export has begun, and on whichever page the user is by then that it has ended. */
export function useExportStarted(): (id: string) => void {
  const client = useApolloClient();
  const t = useMessages(exportMessages);
  const { inBackgroundBegun } = useMessages(messages);
  return useCallback(
    (id) => {
      notifications.show({ message: inBackgroundBegun, withCloseButton: false });
      const finished = ({ state, filename, error }: WatchedExport) => {
        if (state !== 'DONE' && state !== 'FAILED') return;
        // The list there says so already.
        if (window.location.pathname === '/reports') return;
        notifications.show({
          title: t.finished[state](filename),
          color: state === 'FAILED' ? 'red' : 'green',
          // Whoever is away from the screen finds it there.
          autoClose: false,
          message:
            state === 'DONE' ? (
              <Anchor href={exportFilePath(id)} download size="sm">
                {t.downloadShort}
              </Anchor>
            ) : (
              error?.message
            ),
        });
      };
      watchExport(client, id, finished);
    },
    [client, t, inBackgroundBegun],
  );
}
