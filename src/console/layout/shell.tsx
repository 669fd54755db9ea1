import { AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useEffect } from 'react';
import { useLocation } from 'wouter';
import { ErrorBoundary } from '../components/error-boundary.tsx';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { BrokenPage } from './broken-page.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Logo } from './logo.tsx';
import { MallSwitch } from './mall-switch.tsx';
import { Navigation } from './navigation.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { UserMenu } from './user-menu.tsx';

const messages = defineMessages({
  en: { menu: 'Menu', skip: 'To the content', pages: 'Pages' },
  zh: { menu: '菜单', skip: '跳到内容', pages: '页面' },
});

/** What is around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const t = useMessages(messages);
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu of small screens closes with each change of page.
  useEffect(close, [path]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <AppShell.Header>
        <a href="#content" className="stockroom-skip">
          {t.skip}
        </a>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t.menu}
              aria-expanded={opened}
            />
            <Logo />
            <MallSwitch />
          </Group>
          <Group gap={4} wrap="nowrap">
            <Group gap={4} wrap="nowrap" visibleFrom="sm">
              <LanguageSwitch />
              <ThemeSwitch />
            </Group>
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t.pages}>
        <Navigation />
        <Group hiddenFrom="sm" mt="auto" pt="md">
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <ErrorBoundary key={path} fallback={<BrokenPage />}>
          {children}
        </ErrorBoundary>
      </AppShell.Main>
    </AppShell>
  );
}
