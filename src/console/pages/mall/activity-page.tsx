import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import type { MallPageProps } from '../../routes.tsx';
import { AuditTrail } from '../admin/audit-trail.tsx';

const messages = defineMessages({
  en: { title: (mall: string) => `Activity in ${mall}` },
  zh: { title: (mall) => `${mall} 的操作记录` },
});

export default function ActivityPage({ mall }: MallPageProps) {
  const t = useMessages(messages);
  return (
    <>
      <PageTitle title={t.title(mall.name)} />
      <AuditTrail mallId={mall.id} />
    </>
  );
}
