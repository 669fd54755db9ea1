import { Text } from '@mantine/core';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';

/** Digits that tell one file from another. */
const SHORT_HASH = 12;

const messages = defineMessages({
  en: {
    nothing: 'none',
    top: 'the top',
    PUBLIC: 'everybody',
    PRIVATE: 'members',
    point: (x: string, y: string) => `${x}, ${y}`,
    separator: ', ',
  },
  zh: {
    nothing: '无',
    top: '顶层',
    PUBLIC: '所有人',
    PRIVATE: '成员',
    point: (x, y) => `${x}，${y}`,
    separator: '、',
  },
});

/** A value of the audit trail in words; of fields that are not known, as it is. */
export function FieldValue({ field, value }: { readonly field: string; readonly value: unknown }) {
  const t = useMessages(messages);
  const formats = useFormats();
  return (
    <Text span size="sm" className="stockroom-name" dir="auto">
      {inWords()}
    </Text>
  );

  function inWords(): string {
    if (field === 'folder' && value === '') return t.top;
    if (value === null || value === undefined || value === '') return t.nothing;
    if (Array.isArray(value)) return value.length > 0 ? value.map(String).join(t.separator) : t.nothing;
    if (value === 'PUBLIC' || value === 'PRIVATE') return t[value];
    if (field === 'size' && typeof value === 'number') return formats.bytes(value);
    if (field === 'durationMs' && typeof value === 'number') return formats.duration(value);
    if (field === 'sha256') return `${String(value).slice(0, SHORT_HASH)}…`;
    if (isPoint(value)) return t.point(formats.percent(value.x), formats.percent(value.y));
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function isPoint(value: unknown): value is { readonly x: number; readonly y: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'x' in value &&
    'y' in value &&
    typeof value.x === 'number' &&
    typeof value.y === 'number'
  );
}
