import { useApolloClient, useMutation, useQuery } from '@apollo/client/react';
import { createContext, type ReactNode, useCallback, useContext, useMemo } from 'react';
import { errorCode } from './api/client.ts';
import {
  LogoutDocument,
  MallsDocument,
  type MallsQuery,
  MeDocument,
  type MeQuery,
} from './generated/graphql.ts';
import { useOneUser } from './use-one-user.ts';

export type Me = NonNullable<MeQuery['me']>;
export type Mall = MallsQuery['malls'][number];

interface SessionState {
  readonly me: Me;
  /** Those that the user may enter. */
  readonly malls: readonly Mall[];
  readonly isAdmin: boolean;
  /** Asks again who the user is and what malls there are. */
  refresh(): Promise<void>;
  logout(): Promise<void>;
}

const SessionContext = createContext<SessionState | undefined>(undefined);

interface GateProps {
  readonly loading: ReactNode;
  readonly failed: (error: Error, retry: () => void) => ReactNode;
  readonly visitor: ReactNode;
  readonly mustChangePassword: ReactNode;
  readonly children: ReactNode;
}

/** Shows its children to users that are logged in, and to others what they need first. */
export function SessionGate({ loading, failed, visitor, mustChangePassword, children }: GateProps) {
  const client = useApolloClient();
  const who = useQuery(MeDocument);
  const me = who.data?.me;
  const mayEnter = Boolean(me && !me.mustChangePassword);
  const where = useQuery(MallsDocument, { skip: !mayEnter });
  const [sendLogout] = useMutation(LogoutDocument);
  const malls = where.data?.malls;
  useOneUser(who.data && (me?.id ?? null));

  const refresh = useCallback(async () => {
    await client.refetchQueries({ include: [MeDocument, MallsDocument] });
  }, [client]);
  const logout = useCallback(async () => {
    await sendLogout().catch((error) => {
      if (errorCode(error) !== 'LOGIN_REQUIRED') throw error;
    });
    await client.clearStore();
    client.writeQuery({ query: MeDocument, data: { me: null } });
  }, [client, sendLogout]);
  const state = useMemo(
    () => (me && malls ? { me, malls, isAdmin: me.role === 'ADMIN', refresh, logout } : undefined),
    [me, malls, refresh, logout],
  );

  if (who.data && !me) return visitor;
  if (me?.mustChangePassword) return mustChangePassword;
  if (state) return <SessionContext value={state}>{children}</SessionContext>;
  const error = who.error ?? where.error;
  return error ? failed(error, () => void (who.error ? who : where).refetch()) : loading;
}

/** Of the user that is logged in. */
export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (!state) throw new Error('nobody is logged in here');
  return state;
}

/** What the user may do in a mall. */
export function mallRights(mall: Mall | undefined) {
  const role = mall?.myRole;
  return {
    mayEdit: role === 'ADMIN' || role === 'OWNER' || role === 'EDITOR',
    mayManage: role === 'ADMIN' || role === 'OWNER',
  };
}
