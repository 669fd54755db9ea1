import { useMutation } from '@apollo/client/react';
import { Alert, Avatar, Button, Group, TextInput } from '@mantine/core';
import type { SyntheticEvent } from 'react';
import { Failed } from '../../components/failed.tsx';
import { Section } from '../../components/section.tsx';
import { FetchAvatarDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { ownFileUrl } from '../../server.ts';
import { useSession } from '../../session.tsx';

const messages = defineMessages({
  en: {
    title: 'Your picture',
    description: 'Fetched once from its address and kept here, at most 1024 pixels either way.',
    address: 'Address of a picture',
    submit: 'Fetch',
  },
  zh: {
    title: '头像',
    description: '从给定地址抓取一次并保存在本服务器，最大 1024 像素。',
    address: '图片地址',
    submit: '抓取',
  },
});

export function AvatarSection() {
  const t = useMessages(messages);
  const { me, refresh } = useSession();
  const [fetchAvatar, { loading, error, data }] = useMutation(FetchAvatarDocument);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const url = String(new FormData(form).get('url'));
    const answer = await fetchAvatar({ variables: { url } }).catch(() => undefined);
    if (answer?.data?.fetchAvatar.__typename !== 'User') return;
    form.reset();
    await refresh();
  };
  const failure = data?.fetchAvatar.__typename === 'FetchAvatarFailure' ? data.fetchAvatar : undefined;
  return (
    <Section title={t.title} description={t.description}>
      <Group align="flex-end" gap="md">
        <Avatar src={ownFileUrl(me.avatar?.url) ?? null} alt="" size={72} radius="50%" variant="filled">
          {me.username.slice(0, 1).toUpperCase()}
        </Avatar>
        <form onSubmit={(event) => void submit(event)} style={{ flex: 1, minWidth: 260 }}>
          <Group align="flex-end">
            <TextInput name="url" type="url" label={t.address} placeholder="https://" required flex={1} />
            <Button type="submit" loading={loading}>
              {t.submit}
            </Button>
          </Group>
        </form>
      </Group>
      {failure && (
        <Alert color="red" variant="outline" mt="sm" role="alert">
          {failure.message}
        </Alert>
      )}
      {error && <Failed error={error} />}
    </Section>
  );
}
