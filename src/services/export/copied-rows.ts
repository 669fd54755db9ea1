import type { PlainValue } from '../../adapters/spreadsheet/writing/picture-workbook.ts';
import type { ColumnType, TableColumn } from './render/table.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
/** A clock's date and time; what follows is its offset. */
const CLOCK = /^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2}(?:\.\d+)?)?/;

/** Rows as COPY writes them in text format (PostgreSQL manual, COPY, "Text Format"), by their columns' types. */
export function copiedRows(text: string, columns: readonly TableColumn[]): PlainValue[][] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) =>
    line
      .split('\t')
      .map((field, i) => (field === '\\N' ? null : typedValue(unescaped(field), columns[i]?.type))),
  );
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}

function typedValue(text: string, type: ColumnType | undefined): PlainValue {
  switch (type) {
    case 'integer':
    case 'decimal':
    case 'bytes':
      return Number(text);
    case 'boolean':
      return text === 't';
    case 'instant':
    case 'day': {
      const [clock] = CLOCK.exec(text) ?? [];
      return clock === undefined
        ? text
        : new Date(`${clock.replace(' ', 'T')}${clock.includes(' ') ? 'Z' : ''}`);
    }
    default:
      return text;
  }
}
