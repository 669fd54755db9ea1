import { useApolloClient, useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useConfirm } from '../../components/confirm.tsx';
import { Failed } from '../../components/failed.tsx';
import { Section } from '../../components/section.tsx';
import {
  LogoutEverywhereDocument,
  MeDocument,
  RevokeSessionDocument,
  SessionsDocument,
} from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { deviceName } from './device-name.ts';

const messages = defineMessages({
  en: {
    title: 'Sessions and devices',
    description: 'Where you are logged in. End what you do not know, and change your password then.',
    current: 'This one',
    unknown: 'Unknown program',
    detail: (address: string, since: string, seen: string) =>
      `${address} · logged in ${since} · last seen ${seen}`,
    end: 'End',
    endOf: (device: string) => `End the session of ${device}`,
    everywhere: 'Log out everywhere',
    everywhereWhat: 'All your sessions end, this one too. API tokens stay.',
  },
  zh: {
    title: '会话与设备',
    description: '您已登录的设备。如有不认识的，请结束该会话并修改密码。',
    current: '当前会话',
    unknown: '未知程序',
    detail: (address, since, seen) => `${address} · 登录于 ${since} · 最近活动 ${seen}`,
    end: '结束',
    endOf: (device) => `结束 ${device} 的会话`,
    everywhere: '退出所有设备',
    everywhereWhat: '您的所有会话（包括当前会话）都将结束，API 令牌不受影响。',
  },
});

export function SessionsSection() {
  const t = useMessages(messages);
  const formats = useFormats();
  const client = useApolloClient();
  const { data, error, refetch } = useQuery(SessionsDocument, { fetchPolicy: 'network-only' });
  const [revoke, revoking] = useMutation(RevokeSessionDocument);
  const [logoutEverywhere] = useMutation(LogoutEverywhereDocument);
  const end = async (id: string) => {
    await revoke({ variables: { id } }).catch(() => {});
    await refetch();
  };
  const confirm = useConfirm();
  const askToLeave = () =>
    confirm({
      title: t.everywhere,
      consequence: t.everywhereWhat,
      action: t.everywhere,
      run: async () => {
        await logoutEverywhere();
        await client.clearStore();
        client.writeQuery({ query: MeDocument, data: { me: null } });
      },
    });
  const failure = error ?? revoking.error;
  return (
    <Section
      title={t.title}
      description={t.description}
      action={
        <Button variant="default" onClick={askToLeave}>
          {t.everywhere}
        </Button>
      }
    >
      {failure && <Failed error={failure} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton h={60} />}
      <Stack component="ul" gap="sm" p={0} m={0}>
        {data?.sessions.map(({ id, current, userAgent, address, createdAt, lastSeenAt }) => (
          <Group key={id} component="li" justify="space-between" wrap="nowrap">
            <div>
              <Group gap="xs">
                <Text fw={500} className="stockroom-name">
                  {deviceName(userAgent) ?? (userAgent || t.unknown)}
                </Text>
                {current && <Badge variant="default">{t.current}</Badge>}
              </Group>
              <Text size="sm" c="dimmed">
                {t.detail(address, formats.dateTime(createdAt), formats.ago(lastSeenAt))}
              </Text>
            </div>
            {!current && (
              <Button
                variant="default"
                size="xs"
                aria-label={t.endOf(deviceName(userAgent) ?? t.unknown)}
                onClick={() => void end(id)}
              >
                {t.end}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
