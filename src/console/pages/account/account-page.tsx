import { Stack } from '@mantine/core';
import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { useSession } from '../../session.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { AvatarSection } from './avatar-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TokensSection } from './tokens-section.tsx';

const messages = defineMessages({
  en: { title: (name: string) => `Account of ${name}` },
  zh: { title: (name) => `${name} 的账户` },
});

export default function AccountPage() {
  const t = useMessages(messages);
  const { me } = useSession();
  return (
    <>
      <PageTitle title={t.title(me.username)} />
      <Stack gap="lg" maw={900}>
        <AvatarSection />
        <AppearanceSection />
        <PasswordSection />
        <SessionsSection />
        <TokensSection />
      </Stack>
    </>
  );
}
