import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Group, NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { MALL_ROLES, roleWords } from '../../components/role-words.ts';
import {
  type MallRole,
  RemoveMallMemberDocument,
  SetMallMemberDocument,
  UserDocument,
  type UserQuery,
} from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { adminMessages } from './messages.ts';

type User = NonNullable<UserQuery['user']>;

/** Which malls a user may enter, and as what. Each change is made at once. */
export function MembershipsForm({ userId }: { readonly userId: number }) {
  const t = useMessages(adminMessages).memberships;
  const { data, error, refetch } = useQuery(UserDocument, {
    variables: { id: userId },
    fetchPolicy: 'cache-and-network',
  });
  const again = { refetchQueries: [UserDocument], awaitRefetchQueries: true };
  const [set, setting] = useMutation(SetMallMemberDocument, again);
  const [remove, removal] = useMutation(RemoveMallMemberDocument, again);
  const user = data?.user;
  if (!user) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h={120} />;
  const memberships = user.memberships ?? [];
  const isBusy = setting.loading || removal.loading;
  const problem = setting.error ?? removal.error;
  const give = (mallId: number, role: MallRole) =>
    set({ variables: { mallId, username: user.username, role } }).catch(() => undefined);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {memberships.length === 0 ? t.none : t.endsSessions}
      </Text>
      {memberships.map(({ mall, role }) => (
        <Group key={mall.id} justify="space-between" align="flex-end" wrap="nowrap">
          <RoleSelect
            label={t.of(mall.name)}
            value={role}
            isDisabled={isBusy}
            onChange={(next) => void give(mall.id, next)}
          />
          <Button
            variant="default"
            aria-label={t.remove(mall.name)}
            disabled={isBusy}
            onClick={() => void remove({ variables: { mallId: mall.id, userId } }).catch(() => undefined)}
          >
            {t.removed}
          </Button>
        </Group>
      ))}
      {problem && <Failed error={problem} />}
      <Addition user={user} isDisabled={isBusy} onAdd={(mallId, role) => void give(mallId, role)} />
    </Stack>
  );
}

function Addition({
  user,
  isDisabled,
  onAdd,
}: {
  readonly user: User;
  readonly isDisabled: boolean;
  readonly onAdd: (mallId: number, role: MallRole) => void;
}) {
  const t = useMessages(adminMessages).memberships;
  const { malls } = useSession();
  const present = new Set(user.memberships?.map(({ mall }) => mall.id));
  const others = malls.filter(({ id }) => !present.has(id));
  const [chosen, setChosen] = useState('');
  const [role, setRole] = useState<MallRole>('VIEWER');
  const mallId = others.some(({ id }) => String(id) === chosen) ? chosen : String(others[0]?.id ?? '');
  if (others.length === 0) return null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onAdd(Number(mallId), role);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" wrap="nowrap" gap="xs">
        <NativeSelect
          label={t.mall}
          data={others.map(({ id, name }) => ({ value: String(id), label: name }))}
          value={mallId}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          flex={1}
          miw={0}
        />
        <RoleSelect label={t.role} value={role} onChange={setRole} />
        <Button type="submit" disabled={isDisabled}>
          {t.add}
        </Button>
      </Group>
    </form>
  );
}

function RoleSelect({
  label,
  value,
  isDisabled = false,
  onChange,
}: {
  readonly label: string;
  readonly value: MallRole;
  readonly isDisabled?: boolean;
  readonly onChange: (role: MallRole) => void;
}) {
  const words = useMessages(roleWords);
  return (
    <NativeSelect
      label={label}
      labelProps={{ className: 'stockroom-name' }}
      data={MALL_ROLES.map((role) => ({ value: role, label: words.roles[role] }))}
      value={value}
      disabled={isDisabled}
      onChange={({ currentTarget }) => onChange(currentTarget.value as MallRole)}
    />
  );
}
