import { Select } from '@mantine/core';
import { useLocation } from 'wouter';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { useSession } from '../session.tsx';
import { useCurrentMall } from './use-current-mall.ts';

const messages = defineMessages({
  en: { mall: 'Mall', none: 'No such mall' },
  zh: { mall: '商城', none: '没有匹配的商城' },
});

export function MallSwitch() {
  const t = useMessages(messages);
  const { malls } = useSession();
  const mall = useCurrentMall();
  const [, navigate] = useLocation();
  if (!mall) return null;
  return (
    <Select
      aria-label={t.mall}
      data={malls.map(({ id, name }) => ({ value: String(id), label: name }))}
      value={String(mall.id)}
      onChange={(id) => id && navigate(`/library/${id}`)}
      searchable={malls.length > 8}
      nothingFoundMessage={t.none}
      allowDeselect={false}
      w={{ base: 130, xs: 200 }}
    />
  );
}
