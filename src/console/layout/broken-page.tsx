import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { EmptyState } from '../components/empty-state.tsx';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const messages = defineMessages({
  en: {
    title: 'This part could not be loaded',
    why: 'The connection was lost, or the server has a newer version by now.',
    reload: 'Load the page again',
  },
  zh: {
    title: '这部分内容无法加载',
    why: '网络连接中断，或者服务器已更新到新版本。',
    reload: '重新加载页面',
  },
});

export function BrokenPage() {
  const t = useMessages(messages);
  return (
    <div role="alert">
      <EmptyState
        icon={Unplug}
        title={t.title}
        action={
          <Button mt="sm" onClick={() => window.location.reload()}>
            {t.reload}
          </Button>
        }
      >
        {t.why}
      </EmptyState>
    </div>
  );
}
