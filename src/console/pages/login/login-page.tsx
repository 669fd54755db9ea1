import { useApolloClient, useMutation } from '@apollo/client/react';
import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import type { SyntheticEvent } from 'react';
import { Failed } from '../../components/failed.tsx';
import { LoginDocument, MeDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { LoginFrame } from './login-frame.tsx';

const messages = defineMessages({
  en: {
    title: 'Log in',
    username: 'User name',
    password: 'Password',
    submit: 'Log in',
    firstRun:
      'First time here? The server showed the name and password of the first administrator where it was started, or keeps them in the file first-admin.txt of its data directory.',
  },
  zh: {
    title: '登录',
    username: '用户名',
    password: '密码',
    submit: '登录',
    firstRun:
      '首次使用？首个管理员的用户名和密码显示在启动服务器的终端中，或保存在数据目录的 first-admin.txt 文件里。',
  },
});

export function LoginPage() {
  const t = useMessages(messages);
  const client = useApolloClient();
  const [login, { loading, error }] = useMutation(LoginDocument);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const variables = { username: String(form.get('username')), password: String(form.get('password')) };
    const { data } = await login({ variables }).catch(() => ({ data: undefined }));
    if (!data) return;
    // What the one before has seen is not for the next.
    await client.clearStore();
    await client.refetchQueries({ include: [MeDocument] });
  };
  return (
    <LoginFrame title={t.title}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            name="username"
            label={t.username}
            autoComplete="username"
            required
            data-autofocus
            autoFocus
          />
          <PasswordInput name="password" label={t.password} autoComplete="current-password" required />
          {error && <Failed error={error} />}
          <Button type="submit" loading={loading}>
            {t.submit}
          </Button>
          <Text size="xs" c="dimmed">
            {t.firstRun}
          </Text>
        </Stack>
      </form>
    </LoginFrame>
  );
}
