import { useQuery } from '@apollo/client/react';
import { Card, Skeleton, Stack, Text } from '@mantine/core';
import { Users } from 'lucide-react';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failed } from '../../components/failed.tsx';
import { MALL_ROLES, roleWords } from '../../components/role-words.ts';
import { StackedTable } from '../../components/stacked-table.tsx';
import { MallMembersDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { AddMemberForm } from './add-member-form.tsx';
import { MemberRow } from './member-row.tsx';
import { mallMessages } from './messages.ts';

/** Who may enter a mall, and what they may do there. */
export function MembersTab({ mall }: MallPageProps) {
  const t = useMessages(mallMessages).members;
  const { data, error, refetch } = useQuery(MallMembersDocument, {
    variables: { id: mall.id },
    fetchPolicy: 'cache-and-network',
  });
  const members = data?.mall?.members;
  if (!members) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h={300} />;
  return (
    <Stack gap="lg">
      <AddMemberForm mallId={mall.id} />
      {members.length === 0 ? (
        <EmptyState icon={Users} title={t.none}>
          {t.noneWhy}
        </EmptyState>
      ) : (
        <StackedTable label={t.list} columns={[t.name, t.role]} hasActions>
          {members.map((member) => (
            <MemberRow key={member.user.id} mallId={mall.id} member={member} />
          ))}
        </StackedTable>
      )}
      <Rights />
    </Stack>
  );
}

function Rights() {
  const t = useMessages(mallMessages).members;
  const words = useMessages(roleWords);
  return (
    <Card withBorder maw={620}>
      <Text fw={600} size="sm">
        {t.rightsTitle}
      </Text>
      <ul style={{ margin: '4px 0', paddingLeft: '1.2rem' }}>
        {MALL_ROLES.map((role) => (
          <li key={role}>
            <Text size="sm">
              <b>{words.roles[role]}</b>: {words.rights[role]}
            </Text>
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed">
        {t.ends}
      </Text>
    </Card>
  );
}
