import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Moon, Sun } from 'lucide-react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: { light: 'Light colours', dark: 'Dark colours' },
  zh: { light: '浅色模式', dark: '深色模式' },
});

export function ThemeSwitch() {
  const t = useMessages(messages);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  const Icon = other === 'dark' ? Moon : Sun;
  return (
    <Tooltip label={t[other]}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t[other]}
        onClick={() => setColorScheme(other)}
      >
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
