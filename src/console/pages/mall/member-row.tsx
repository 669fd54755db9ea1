import { useMutation } from '@apollo/client/react';
import { Badge, Button, Group, NativeSelect, Table } from '@mantine/core';
import { useConfirm } from '../../components/confirm.tsx';
import { MALL_ROLES, roleWords } from '../../components/role-words.ts';
import { Cell } from '../../components/stacked-table.tsx';
import {
  MallMembersDocument,
  type MallMembersQuery,
  type MallRole,
  RemoveMallMemberDocument,
  SetMallMemberDocument,
} from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { mallMessages } from './messages.ts';

type Member = NonNullable<NonNullable<MallMembersQuery['mall']>['members']>[number];

/** A member, whose role can be changed or taken away. */
export function MemberRow({ mallId, member }: { readonly mallId: number; readonly member: Member }) {
  const t = useMessages(mallMessages).members;
  const words = useMessages(roleWords);
  const confirm = useConfirm();
  const { me } = useSession();
  const again = { refetchQueries: [MallMembersDocument], awaitRefetchQueries: true };
  const [set] = useMutation(SetMallMemberDocument, again);
  const [remove] = useMutation(RemoveMallMemberDocument, again);
  const { user, role } = member;
  const { id: userId, username } = user;
  const isSelf = userId === me.id;
  const askToChange = (next: MallRole) =>
    confirm({
      title: t.changeTitle(username),
      consequence: isSelf ? t.selfConsequence : t.changeConsequence(words.roles[next]),
      action: t.change,
      run: () => set({ variables: { mallId, username, role: next } }),
    });
  const askToRemove = () =>
    confirm({
      title: t.removeTitle(username),
      consequence: isSelf ? t.selfConsequence : t.removeConsequence,
      action: t.remove,
      run: () => remove({ variables: { mallId, userId } }),
    });
  return (
    <Table.Tr>
      <Cell>
        <Group gap={6}>
          <bdi className="stockroom-name">{username}</bdi>
          {isSelf && (
            <Badge tt="none" variant="default">
              {t.you}
            </Badge>
          )}
        </Group>
      </Cell>
      <Cell label={t.role}>
        <NativeSelect
          aria-label={t.roleOf(username)}
          data={MALL_ROLES.map((each) => ({ value: each, label: words.roles[each] }))}
          value={role}
          onChange={({ currentTarget }) => askToChange(currentTarget.value as MallRole)}
          maw={200}
        />
      </Cell>
      <Cell>
        <Button variant="default" aria-label={t.removeOne(username)} onClick={askToRemove}>
          {t.remove}
        </Button>
      </Cell>
    </Table.Tr>
  );
}
