import { useQuery } from '@apollo/client/react';
import { Button, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Plus, Search, UserSearch } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failed } from '../../components/failed.tsx';
import { PageTitle } from '../../components/page-title.tsx';
import { Pager } from '../../components/pager.tsx';
import { SecretOnce } from '../../components/secret-once.tsx';
import { StackedTable } from '../../components/stacked-table.tsx';
import { usePages } from '../../components/use-pages.ts';
import { UsersDocument } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { MembershipsForm } from './memberships-form.tsx';
import { adminMessages } from './messages.ts';
import { UserForm } from './user-form.tsx';
import { type ListedUser, UserRow } from './user-row.tsx';

const PAGE = 25;

/** What is above the list. */
type Shown =
  | { readonly what: 'new' }
  | { readonly what: 'edit' | 'memberships'; readonly user: ListedUser }
  | { readonly what: 'password'; readonly username: string; readonly password: string };

export default function UsersPage() {
  const t = useMessages(adminMessages).users;
  const formats = useFormats();
  const [typed, setTyped, search] = useSearchInAddress();
  const pages = usePages(search);
  const { data, previousData, error, refetch } = useQuery(UsersDocument, {
    variables: { search: search || null, first: PAGE, after: pages.after },
    fetchPolicy: 'cache-and-network',
  });
  const [shown, setShown] = useState<Shown>();
  const users = (data ?? previousData)?.users;
  const showPassword = (username: string, password: string) =>
    setShown({ what: 'password', username, password });
  return (
    <>
      <PageTitle title={t.title}>
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setShown({ what: 'new' })}>
          {t.make}
        </Button>
      </PageTitle>
      <Stack>
        <TextInput
          type="search"
          aria-label={t.search}
          placeholder={t.search}
          leftSection={<Search size={16} aria-hidden />}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          maw={360}
        />
        {error && <Failed error={error} onRetry={() => void refetch()} />}
        {!users && !error && <Skeleton h={300} />}
        {users && (
          <Text size="sm" c="dimmed" role="status">
            {t.number(users.totalCount, formats.number(users.totalCount))}
          </Text>
        )}
        {users?.edges.length === 0 && (
          <EmptyState icon={UserSearch} title={t.none}>
            {t.noneWhy}
          </EmptyState>
        )}
        {users && users.edges.length > 0 && (
          <StackedTable label={t.list} columns={[t.name, t.role, t.malls, t.since]} hasActions>
            {users.edges.map(({ node }) => (
              <UserRow
                key={node.id}
                user={node}
                onEdit={() => setShown({ what: 'edit', user: node })}
                onMemberships={() => setShown({ what: 'memberships', user: node })}
                onPassword={showPassword}
              />
            ))}
          </StackedTable>
        )}
        {users && <Pager pages={pages} pageInfo={users.pageInfo} />}
      </Stack>
      <ShownDialog shown={shown} onPassword={showPassword} onClose={() => setShown(undefined)} />
    </>
  );
}

function ShownDialog({
  shown,
  onPassword,
  onClose,
}: {
  readonly shown: Shown | undefined;
  readonly onPassword: (username: string, password: string) => void;
  readonly onClose: () => void;
}) {
  const texts = useMessages(adminMessages);
  const t = texts.users;
  const title = () => {
    if (shown?.what === 'edit') return t.editTitle(shown.user.username);
    if (shown?.what === 'memberships') return texts.memberships.title(shown.user.username);
    return shown?.what === 'password' ? t.passwordOf(shown.username) : t.make;
  };
  return (
    <Dialog
      opened={shown !== undefined}
      title={title()}
      onClose={onClose}
      mustAnswer={shown?.what === 'password'}
    >
      {shown?.what === 'password' && (
        <Stack>
          <Text size="sm">{t.handOver}</Text>
          <SecretOnce label={t.passwordOf(shown.username)} value={shown.password} onDone={onClose} />
        </Stack>
      )}
      {shown?.what === 'memberships' && <MembershipsForm userId={shown.user.id} />}
      {(shown?.what === 'new' || shown?.what === 'edit') && (
        <UserForm
          user={shown.what === 'edit' ? shown.user : undefined}
          onMade={onPassword}
          onDone={onClose}
        />
      )}
    </Dialog>
  );
}

/** @returns what is typed, a way to change it, and what is looked for: the same a moment later, also in the address. */
function useSearchInAddress(): readonly [string, (text: string) => void, string] {
  const [inAddress, setInAddress] = useSearchParams();
  const [typed, setTyped] = useState(() => inAddress.get('search') ?? '');
  const [search] = useDebouncedValue(typed.trim(), 250);
  useEffect(() => {
    setInAddress(search ? { search } : {}, { replace: true });
  }, [search, setInAddress]);
  return [typed, setTyped, search];
}
