import { Button } from '@mantine/core';
import { Building2 } from 'lucide-react';
import { Link } from 'wouter';
import { EmptyState } from '../components/empty-state.tsx';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { useSession } from '../session.tsx';

const messages = defineMessages({
  en: {
    title: 'You have no mall yet',
    ask: 'Ask an owner or an administrator to make you a member of one.',
    make: 'Materials are kept in malls. Make the first one.',
    toMalls: 'Make a mall',
  },
  zh: {
    title: '您还没有商城',
    ask: '请联系商城所有者或管理员将您添加为成员。',
    make: '素材保存在商城中，请先创建一个商城。',
    toMalls: '创建商城',
  },
});

export function NoMallPage() {
  const t = useMessages(messages);
  const { isAdmin } = useSession();
  return (
    <EmptyState
      icon={Building2}
      title={t.title}
      action={
        isAdmin && (
          <Button component={Link} href="/admin/malls" mt="sm">
            {t.toMalls}
          </Button>
        )
      }
    >
      {isAdmin ? t.make : t.ask}
    </EmptyState>
  );
}
