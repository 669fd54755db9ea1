import { Text } from '@mantine/core';
import { useFormats, useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { auditWords, wordFor } from './audit-words.ts';

const messages = defineMessages({
  en: {
    none: 'nothing',
    yes: 'yes',
    no: 'no',
    became: 'became',
    values: {
      OWNER: 'Owner',
      EDITOR: 'Editor',
      VIEWER: 'Viewer',
      ADMIN: 'Administrator',
      MEMBER: 'Member',
      PUBLIC: 'Public',
      PRIVATE: 'Private',
    },
  },
  zh: {
    none: '无',
    yes: '是',
    no: '否',
    became: '改为',
    values: {
      OWNER: '所有者',
      EDITOR: '编辑者',
      VIEWER: '查看者',
      ADMIN: '管理员',
      MEMBER: '成员',
      PUBLIC: '公开',
      PRIVATE: '私有',
    },
  },
});

const BYTES = new Set(['quotaBytes', 'size', 'bytes', 'usedBytes']);
/** Of which the values are words of ours, not of people. */
const WORDED = new Set(['role', 'visibility', 'defaultVisibility']);

/** One field of an event, before and after. */
export function AuditChange({
  field,
  before,
  after,
}: {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}) {
  const t = useMessages(messages);
  const words = useMessages(auditWords);
  const show = useAuditValue();
  return (
    <Text size="sm" component="li" className="stockroom-name">
      {wordFor(words.fields, field)}: <del>{show(field, before)}</del>{' '}
      <span role="img" aria-label={t.became}>
        →
      </span>{' '}
      <ins style={{ textDecoration: 'none', fontWeight: 600 }}>{show(field, after)}</ins>
    </Text>
  );
}

function useAuditValue(): (field: string, value: unknown) => string {
  const t = useMessages(messages);
  const formats = useFormats();
  const show = (field: string, value: unknown): string => {
    if (value === null || value === undefined || value === '') return t.none;
    if (typeof value === 'boolean') return value ? t.yes : t.no;
    if (typeof value === 'number') return BYTES.has(field) ? formats.bytes(value) : formats.number(value);
    if (typeof value === 'string') return WORDED.has(field) ? wordFor(t.values, value) : value;
    if (Array.isArray(value)) return value.map((each) => show(field, each)).join(', ') || t.none;
    return JSON.stringify(value);
  };
  return show;
}
