import { Group, Input, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { Section } from '../../components/section.tsx';
import { useLanguage, useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';

const messages = defineMessages({
  en: {
    title: 'Language and colours',
    description: 'Kept in this browser.',
    language: 'Language',
    colours: 'Colours',
    auto: 'As the system',
    light: 'Light',
    dark: 'Dark',
  },
  zh: {
    title: '语言与外观',
    description: '仅保存在此浏览器中。',
    language: '语言',
    colours: '外观',
    auto: '跟随系统',
    light: '浅色',
    dark: '深色',
  },
});

export function AppearanceSection() {
  const t = useMessages(messages);
  const { language, setLanguage } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [languageId, coloursId] = [useId(), useId()];
  return (
    <Section title={t.title} description={t.description}>
      <Group gap="xl">
        <Input.Wrapper label={t.language} labelElement="div" labelProps={{ id: languageId }}>
          <SegmentedControl
            aria-labelledby={languageId}
            display="flex"
            value={language}
            onChange={setLanguage}
            data={[
              { value: 'en', label: 'English' },
              { value: 'zh', label: '中文' },
            ]}
          />
        </Input.Wrapper>
        <Input.Wrapper label={t.colours} labelElement="div" labelProps={{ id: coloursId }}>
          <SegmentedControl
            aria-labelledby={coloursId}
            display="flex"
            value={colorScheme}
            onChange={setColorScheme}
            data={[
              { value: 'auto', label: t.auto },
              { value: 'light', label: t.light },
              { value: 'dark', label: t.dark },
            ]}
          />
        </Input.Wrapper>
      </Group>
    </Section>
  );
}
