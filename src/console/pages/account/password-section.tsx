import { Box } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Section } from '../../components/section.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { PasswordForm } from '../login/password-form.tsx';

const messages = defineMessages({
  en: {
    title: 'Password',
    description: 'A change ends all your other sessions.',
    changed: 'The password is changed. Other sessions have ended.',
  },
  zh: {
    title: '密码',
    description: '修改密码会结束您的其他所有会话。',
    changed: '密码已修改，其他会话已结束。',
  },
});

export function PasswordSection() {
  const t = useMessages(messages);
  return (
    <Section title={t.title} description={t.description}>
      <Box maw={380}>
        <PasswordForm onChanged={() => notifications.show({ message: t.changed, color: 'green' })} />
      </Box>
    </Section>
  );
}
