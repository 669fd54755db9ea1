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
    top: 'the top',
    point: (x: string, y: string) => `${x}, ${y}`,
    separator: ', ',
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
    top: '顶层',
    point: (x, y) => `${x}，${y}`,
    separator: '、',
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
/** Digits that tell one file from another. */
const SHORT_HASH = 12;
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

/** Writes the value of a field in words; of fields that are not known, as it is. */
export function useAuditValue(): (field: string, value: unknown) => string {
  const t = useMessages(messages);
  const formats = useFormats();
  const show = (field: string, value: unknown): string => {
    if (field === 'folder' && value === '') return t.top;
    if (value === null || value === undefined || value === '') return t.none;
    if (typeof value === 'boolean') return value ? t.yes : t.no;
    if (typeof value === 'number') return showNumber(field, value);
    if (typeof value === 'string') {
      if (field === 'sha256') return `${value.slice(0, SHORT_HASH)}…`;
      return WORDED.has(field) ? wordFor(t.values, value) : value;
    }
    if (Array.isArray(value)) return value.map((each) => show(field, each)).join(t.separator) || t.none;
    if (isPoint(value)) return t.point(formats.percent(value.x), formats.percent(value.y));
    return JSON.stringify(value);
  };
  const showNumber = (field: string, value: number): string => {
    if (BYTES.has(field)) return formats.bytes(value);
    return field === 'durationMs' ? formats.duration(value) : formats.number(value);
  };
  return show;
}

function isPoint(value: object): value is { readonly x: number; readonly y: number } {
  return 'x' in value && 'y' in value && typeof value.x === 'number' && typeof value.y === 'number';
}
