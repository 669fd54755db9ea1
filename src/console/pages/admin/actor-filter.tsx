import { useQuery } from '@apollo/client/react';
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { MallMembersDocument, UserDocument, UsersDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';

const messages = defineMessages({
  en: { actor: 'By whom', anybody: 'Anybody', none: 'No such user', number: (id: string) => `User ${id}` },
  zh: { actor: '操作者', anybody: '所有人', none: '没有匹配的用户', number: (id) => `用户 ${id}` },
});

interface ActorFilterProps {
  /** Of whose members one is chosen; undefined: of all users, which administrators may look up. */
  readonly mallId: number | undefined;
  /** A user's id; empty: anybody. */
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** Chooses who did it. */
export function ActorFilter({ mallId, ...rest }: ActorFilterProps) {
  return mallId === undefined ? <AmongUsers {...rest} /> : <AmongMembers mallId={mallId} {...rest} />;
}

function AmongMembers({ mallId, ...rest }: ActorFilterProps & { readonly mallId: number }) {
  const { data } = useQuery(MallMembersDocument, { variables: { id: mallId } });
  return <Choice {...rest} users={(data?.mall?.members ?? []).map(({ user }) => user)} />;
}

function AmongUsers(rest: Omit<ActorFilterProps, 'mallId'>) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 250);
  const { data, previousData } = useQuery(UsersDocument, { variables: { search, first: 20 } });
  const chosen = useQuery(UserDocument, { variables: { id: Number(rest.value) }, skip: rest.value === '' });
  const found = ((data ?? previousData)?.users.edges ?? []).map(({ node }) => node);
  const user = chosen.data?.user;
  return <Choice {...rest} users={user ? [user, ...found] : found} onSearch={setTyped} />;
}

function Choice({
  value,
  users,
  onChange,
  onSearch,
}: Omit<ActorFilterProps, 'mallId'> & {
  readonly users: readonly { readonly id: number; readonly username: string }[];
  readonly onSearch?: (text: string) => void;
}) {
  const t = useMessages(messages);
  const names = new Map(users.map(({ id, username }) => [String(id), username]));
  // One who is no member any more is still to be seen.
  if (value !== '' && !names.has(value)) names.set(value, t.number(value));
  return (
    <Select
      label={t.actor}
      placeholder={t.anybody}
      data={[...names].map(([id, label]) => ({ value: id, label }))}
      value={value || null}
      onChange={(id) => onChange(id ?? '')}
      {...(onSearch && { onSearchChange: onSearch })}
      nothingFoundMessage={t.none}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t.anybody }}
    />
  );
}
