import { Avatar, Menu, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { LogOut, UserRound } from 'lucide-react';
import { Link } from 'wouter';
import { useErrorText } from '../api/use-error-text.ts';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { ownFileUrl } from '../server.ts';
import { useSession } from '../session.tsx';

const messages = defineMessages({
  en: { menu: (name: string) => `Account of ${name}`, account: 'Account', logout: 'Log out' },
  zh: { menu: (name) => `${name} 的账户`, account: '账户', logout: '退出登录' },
});

export function UserMenu() {
  const t = useMessages(messages);
  const { me, logout } = useSession();
  const errorText = useErrorText();
  const leave = () =>
    logout().catch((error) => {
      notifications.show({ color: 'red', message: errorText(error) });
    });
  return (
    <Menu position="bottom-end" width={200} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton aria-label={t.menu(me.username)}>
          <Avatar src={ownFileUrl(me.avatar?.url) ?? null} alt="" radius="xl" size={36} variant="filled">
            {me.username.slice(0, 1).toUpperCase()}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="stockroom-name">{me.username}</Menu.Label>
        <Menu.Item component={Link} href="/account" leftSection={<UserRound size={16} aria-hidden />}>
          {t.account}
        </Menu.Item>
        <Menu.Item onClick={() => void leave()} leftSection={<LogOut size={16} aria-hidden />}>
          {t.logout}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
