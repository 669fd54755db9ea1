import { Button } from '@mantine/core';
import { SearchX } from 'lucide-react';
import { Link } from 'wouter';
import { EmptyState } from '../components/empty-state.tsx';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: {
    title: 'There is nothing here',
    why: 'The address is wrong, or what it showed is gone or not for you.',
    back: 'To the library',
  },
  zh: { title: '页面不存在', why: '地址有误，或者内容已删除，或者您无权查看。', back: '返回素材库' },
});

export function NotFoundPage() {
  const t = useMessages(messages);
  return (
    <EmptyState
      icon={SearchX}
      title={t.title}
      action={
        <Button component={Link} href="/" mt="sm">
          {t.back}
        </Button>
      }
    >
      {t.why}
    </EmptyState>
  );
}
