import { useApolloClient } from '@apollo/client/react';
import { Text } from '@mantine/core';
import { MeDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { LoginFrame } from './login-frame.tsx';
import { PasswordForm } from './password-form.tsx';

const messages = defineMessages({
  en: { title: 'Choose your password', why: 'The present one was chosen by somebody else.' },
  zh: { title: '设置您的密码', why: '当前密码由他人设置，请先修改。' },
});

/** Comes before anything else where somebody else chose the password. */
export function ChangePasswordPage() {
  const t = useMessages(messages);
  const client = useApolloClient();
  return (
    <LoginFrame title={t.title}>
      <Text size="sm" mb="md">
        {t.why}
      </Text>
      <PasswordForm onChanged={() => void client.refetchQueries({ include: [MeDocument] })} />
    </LoginFrame>
  );
}
