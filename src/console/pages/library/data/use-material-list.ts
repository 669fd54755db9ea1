import { useApolloClient } from '@apollo/client/react';
import { useEffect, useSyncExternalStore } from 'react';
import { useSession } from '../../../session.tsx';
import type { LibraryQuery } from '../query/library-query.ts';
import { type LibrarySession, librarySession } from './library-session.ts';
import type { ListSnapshot, MaterialList } from './material-list.ts';

/** The materials of a mall that a query asks for, as they are loaded so far; changes come by themselves. */
export function useMaterialList(
  mallId: number,
  query: LibraryQuery,
  trashed: boolean,
): { session: LibrarySession; list: MaterialList; snapshot: ListSnapshot } {
  const client = useApolloClient();
  const { me } = useSession();
  const session = librarySession(client, mallId, me.id);
  const list = session.list(query, trashed);
  const snapshot = useSyncExternalStore(list.subscribe, list.snapshot);
  useEffect(() => list.resume(), [list]);
  useEffect(() => session.watch(), [session]);
  return { session, list, snapshot };
}
