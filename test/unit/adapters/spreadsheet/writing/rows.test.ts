import { describe, expect, test } from 'bun:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import {
  CUT_MARK,
  cutText,
  escapeText,
  LONGEST_TEXT,
} from '../../../../../src/adapters/spreadsheet/writing/cell-text.ts';
import type { ColumnType } from '../../../../../src/adapters/spreadsheet/writing/columns.ts';
import { CsvRows, csvText } from '../../../../../src/adapters/spreadsheet/writing/csv-rows.ts';
import { XmlRows } from '../../../../../src/adapters/spreadsheet/writing/xml-rows.ts';
import { valueRow } from '../../../../../src/adapters/spreadsheet/writing/xml-values.ts';

/** What PostgreSQL's text can be: no NUL, no lone surrogates. */
const databaseText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...'\t\n\r\b\f\v\\N_x0041&<>"\',=+-@ \u0001\u001f\ufffe\uffff中😀'),
      maxLength: 20,
    }),
  )
  .map((text) => text.replaceAll('\0', '').toWellFormed());

describe('rows of a sheet', () => {
  test('have every text of the database as the same text made from a value', () => {
    fc.assert(
      fc.property(fc.array(databaseText, { minLength: 1, maxLength: 4 }), (texts) => {
        const types = texts.map((): ColumnType => 'text');
        expect(xmlOf(types, [texts.map(copyText)])).toBe(valueRow(2, texts, 'UTC'));
      }),
      { numRuns: 2000 },
    );
  });

  test('hold any text so that a reader gets it back', () => {
    fc.assert(
      fc.property(databaseText, (text) => {
        const escaped = escapeText(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
        expect(escaped).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
        expect(unescapeText(escaped)).toBe(text);
      }),
      { numRuns: 2000 },
    );
    expect(unescapeText(escapeText('a\ud800b\udc00'))).toBe('a\ud800b\udc00');
    expect(escapeText('_x0041_')).toBe('_x005F_x0041_');
    expect(escapeText('IMG_xylo_2.jpg')).toBe('IMG_xylo_2.jpg');
  });

  test('keep numbers as numbers while Excel has all their digits, else as text', () => {
    const value = (text: string, type: ColumnType = 'integer') => xmlOf([type], [[text]]);
    for (const text of ['0', '-1', '999999999999999', '-999999999999999', '0.5', '1e-07', '-2.5e+300']) {
      expect(value(text)).toContain(`<v>${text}</v>`);
    }
    expect(value('0.333333333333333333', 'decimal')).toContain('<v>0.333333333333333333</v>');
    for (const text of [
      '9007199254740993',
      '12345678901234567890',
      'NaN',
      'Infinity',
      '-Infinity',
      '007',
      '1-2',
      '1;2',
      '1.',
      '--1',
      '123456789012345678.5',
    ]) {
      expect(value(text)).toContain(`<t>${text}</t>`);
    }
  });

  test('show days and instants as Excel counts them, and as text where it has none', () => {
    const value = (type: ColumnType, text: string) => /<[vt]>(.*)<\/[vt]>/.exec(xmlOf([type], [[text]]))?.[1];
    expect(value('day', '1900-03-01')).toBe('61');
    expect(value('day', '2026-11-22')).toBe('46348');
    expect(value('day', '9999-12-31')).toBe('2958465');
    expect(value('instant', '2026-11-22 12:00:00+08')).toBe('46348.5000000000');
    expect(value('instant', '2026-11-22 00:00:00+05:30')).toBe('46348');
    expect(value('instant', '2026-11-22 23:59:59.999999-03:30:15')).toBe('46348.9999999999');
    for (const text of [
      '1900-02-28',
      '0001-01-01',
      'infinity',
      '-infinity',
      '10000-01-01',
      '0044-03-15 BC',
    ]) {
      expect(value('day', text)).toBe(text);
      expect(value('instant', text)).toBe(text);
    }
  });

  test('leave out cells without a value', () => {
    expect(xmlOf(['text', 'integer', 'boolean', 'text'], [['\\N', '', 't', '\\N']])).toBe(
      '<row r="2"><c r="C2" s="0" t="b"><v>1</v></c></row>',
    );
  });

  test('end where the sheet does', () => {
    const rows = new XmlRows(['integer'], [0], 1_048_575);
    const input = new TextEncoder().encode('1\n2\n3\n4\n');
    expect(rows.encode(input)).toBe(4);
    expect(new TextDecoder().decode(rows.take())).toEndWith(
      '<row r="1048576"><c r="A1048576" s="0"><v>2</v></c></row>',
    );
  });

  test('cut a text that is longer than a cell, never within a character, and count it', () => {
    expect(cutText('a'.repeat(LONGEST_TEXT))).toBe('a'.repeat(LONGEST_TEXT));
    expect(cutText('a'.repeat(LONGEST_TEXT + 1))).toBe('a'.repeat(LONGEST_TEXT - 1) + CUT_MARK);
    const pairs = cutText(`a${'😀'.repeat(LONGEST_TEXT)}`);
    expect(pairs.isWellFormed()).toBe(true);
    expect(pairs.length).toBeLessThanOrEqual(LONGEST_TEXT);
    const rows = new XmlRows(['text', 'text'], [0, 0], 2);
    rows.encode(new TextEncoder().encode(`${'中'.repeat(40_000)}\t${'中'.repeat(32_767)}\n`));
    expect(rows.cutCells).toBe(1);
  });
});

describe('lines of CSV', () => {
  test('hold any text so that a reader gets it back, but for an apostrophe before what could be a formula', () => {
    fc.assert(
      fc.property(fc.array(databaseText, { minLength: 2, maxLength: 4 }), (texts) => {
        const types = texts.map((): ColumnType => 'text');
        const [cells] = parse(csvOf(types, [texts.map(copyText)]), {
          record_delimiter: '\r\n',
        }) as string[][];
        expect(cells).toEqual(texts.map((text) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text)));
      }),
      { numRuns: 2000 },
    );
  });

  test('keep numbers as they are and write instants as RFC 3339 does', () => {
    const types: ColumnType[] = ['integer', 'decimal', 'instant', 'instant', 'boolean', 'day'];
    const row = ['-5', '-0.5', '2026-11-22 10:00:00.5+08', '2026-11-22 10:00:00+05:30', 'f', '2026-11-22'];
    expect(csvOf(types, [row])).toBe(
      '-5,-0.5,2026-11-22T10:00:00.5+08:00,2026-11-22T10:00:00+05:30,FALSE,2026-11-22\r\n',
    );
    expect(csvOf(['integer', 'integer'], [['-1+2', '\\N']])).toBe("'-1+2,\r\n");
  });

  test('have headers that are no formulas either', () => {
    expect(csvText('=a,"b"')).toBe(`"'=a,""b"""`);
  });
});

function xmlOf(types: readonly ColumnType[], rows: readonly (readonly string[])[]): string {
  const encoder = new XmlRows(
    types,
    types.map(() => 0),
    2,
  );
  encoder.encode(new TextEncoder().encode(rows.map((row) => `${row.join('\t')}\n`).join('')));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(encoder.take());
}

function csvOf(types: readonly ColumnType[], rows: readonly (readonly string[])[]): string {
  const encoder = new CsvRows(types);
  encoder.encode(new TextEncoder().encode(rows.map((row) => `${row.join('\t')}\n`).join('')));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(encoder.take());
}

/** As COPY writes it. */
function copyText(text: string): string {
  const letters: Record<string, string> = {
    '\b': 'b',
    '\f': 'f',
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\v': 'v',
  };
  return text.replace(/[\b\f\n\r\t\v\\]/g, (character) => `\\${letters[character] ?? character}`);
}

function unescapeText(xml: string): string {
  return xml
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/_x([0-9A-F]{4})_/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
