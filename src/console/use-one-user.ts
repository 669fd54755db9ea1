import { useApolloClient } from '@apollo/client/react';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { MeDocument } from './generated/graphql.ts';

const CHANNEL = 'stockroom.session';

/**
 * Keeps what one user has seen from the next, who may log in in another tab: all tabs share the session's cookie.
 * @param userId null: nobody is logged in; undefined: that is not known yet.
 */
export function useOneUser(userId: number | null | undefined): void {
  const client = useApolloClient();
  const known = useRef(userId);

  useEffect(() => {
    if (userId === undefined) return;
    const before = known.current;
    known.current = userId;
    if (typeof before === 'number' && before !== userId) {
      notifications.clean();
      notifications.cleanQueue();
      modals.closeAll();
      if (userId !== null) void client.clearStore().then(() => client.refetchQueries({ include: 'active' }));
    }
    const channel = new BroadcastChannel(CHANNEL);
    const ask = () => {
      client.refetchQueries({ include: [MeDocument] }).catch(() => {});
    };
    channel.postMessage(userId);
    channel.onmessage = ({ data }) => {
      if (data !== userId) ask();
    };
    // A tab that was asleep has not heard of it.
    const woken = () => {
      if (!document.hidden) ask();
    };
    document.addEventListener('visibilitychange', woken);
    return () => {
      document.removeEventListener('visibilitychange', woken);
      channel.close();
    };
  }, [client, userId]);
}
