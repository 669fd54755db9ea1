import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { AuditTrail } from './audit-trail.tsx';

const messages = defineMessages({ en: { title: 'Audit trail' }, zh: { title: '审计日志' } });

export default function AuditPage() {
  const t = useMessages(messages);
  return (
    <>
      <PageTitle title={t.title} />
      <AuditTrail />
    </>
  );
}
