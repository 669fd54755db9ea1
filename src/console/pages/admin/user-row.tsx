import { useMutation } from '@apollo/client/react';
import { Badge, Group, Menu, Table } from '@mantine/core';
import { Building2, CircleCheck, CircleSlash, History, KeyRound, Pencil } from 'lucide-react';
import { Link } from 'wouter';
import { useConfirm } from '../../components/confirm.tsx';
import { roleWords } from '../../components/role-words.ts';
import { RowMenu } from '../../components/row-menu.tsx';
import { ActionsCell, Cell } from '../../components/stacked-table.tsx';
import { ResetPasswordDocument, UpdateUserDocument, type UsersQuery } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { adminMessages } from './messages.ts';

export type ListedUser = UsersQuery['users']['edges'][number]['node'];

interface UserRowProps {
  readonly user: ListedUser;
  readonly onEdit: () => void;
  readonly onMemberships: () => void;
  readonly onPassword: (username: string, password: string) => void;
}

export function UserRow(props: UserRowProps) {
  const t = useMessages(adminMessages).users;
  const words = useMessages(roleWords);
  const formats = useFormats();
  const { me } = useSession();
  const { user } = props;
  const memberships = user.memberships ?? [];
  return (
    <Table.Tr>
      <Cell>
        <Group gap={6}>
          <bdi className="stockroom-name">{user.username}</bdi>
          {user.id === me.id && (
            <Badge tt="none" variant="default">
              {t.you}
            </Badge>
          )}
          {user.disabled && (
            <Badge tt="none" color="red.9">
              {t.disabled}
            </Badge>
          )}
          {user.mustChangePassword && (
            <Badge tt="none" variant="default">
              {t.mustChange}
            </Badge>
          )}
        </Group>
      </Cell>
      <Cell label={t.role}>{t.roles[user.role]}</Cell>
      <Cell label={t.malls}>
        {user.role === 'ADMIN' && t.everyMall}
        {user.role !== 'ADMIN' && memberships.length === 0 && t.noMall}
        {user.role !== 'ADMIN' &&
          memberships.map(({ mall, role }) => (
            <div key={mall.id}>
              <bdi className="stockroom-name">{mall.name}</bdi> · {words.roles[role]}
            </div>
          ))}
      </Cell>
      <Cell label={t.since}>
        <span style={{ whiteSpace: 'nowrap' }}>{formats.date(user.createdAt)}</span>
      </Cell>
      <ActionsCell>
        <UserMenu {...props} isSelf={user.id === me.id} />
      </ActionsCell>
    </Table.Tr>
  );
}

function UserMenu({
  user,
  isSelf,
  onEdit,
  onMemberships,
  onPassword,
}: UserRowProps & { readonly isSelf: boolean }) {
  const texts = useMessages(adminMessages);
  const t = texts.users;
  const confirm = useConfirm();
  const [update] = useMutation(UpdateUserDocument);
  const [reset] = useMutation(ResetPasswordDocument);
  const askToReset = () =>
    confirm({
      title: t.resetTitle(user.username),
      consequence: t.resetConsequence,
      action: t.reset,
      run: async () => {
        const { data } = await reset({ variables: { userId: user.id } });
        onPassword(user.username, data?.resetPassword.generatedPassword ?? '');
      },
    });
  const askToDisable = () =>
    confirm({
      title: t.disableTitle(user.username),
      consequence: t.disableConsequence,
      action: t.disable,
      run: () => update({ variables: { id: user.id, disabled: true } }),
    });
  return (
    <RowMenu label={texts.actionsFor(user.username)}>
      <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={onEdit}>
        {t.edit}
      </Menu.Item>
      {user.role !== 'ADMIN' && (
        <Menu.Item leftSection={<Building2 size={16} aria-hidden />} onClick={onMemberships}>
          {t.memberships}
        </Menu.Item>
      )}
      <Menu.Item
        component={Link}
        href={`/admin/audit?actor=${user.id}`}
        leftSection={<History size={16} aria-hidden />}
      >
        {t.activity}
      </Menu.Item>
      {!isSelf && (
        <Menu.Item leftSection={<KeyRound size={16} aria-hidden />} onClick={askToReset}>
          {t.reset}
        </Menu.Item>
      )}
      {!isSelf && user.disabled && (
        <Menu.Item
          leftSection={<CircleCheck size={16} aria-hidden />}
          onClick={() => void update({ variables: { id: user.id, disabled: false } }).catch(() => undefined)}
        >
          {t.enable}
        </Menu.Item>
      )}
      {!isSelf && !user.disabled && (
        <Menu.Item color="red" leftSection={<CircleSlash size={16} aria-hidden />} onClick={askToDisable}>
          {t.disable}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
