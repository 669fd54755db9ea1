import { cutText, textElement } from './cell-text.ts';
import { serialOf } from './excel-dates.ts';
import { columnName } from './xml-rows.ts';

/** What a cell can be made from; null and undefined make none. */
export type CellInput = string | number | bigint | boolean | Date | null | undefined;

export interface ValueStyles {
  /** Indexes of cell formats. */
  readonly text: number;
  readonly number: number;
  readonly date: number;
}

const PLAIN: ValueStyles = { text: 0, number: 0, date: 0 };
const MOST_EXACT = 10n ** 15n;

/**
 * A row of a sheet from values: the same rules as {@link XmlRows}. Dates are shown as a clock in `timeZone` shows them.
 * @param row from 1.
 */
export function valueRow(
  row: number,
  values: readonly CellInput[],
  timeZone: string,
  stylesOf: (column: number) => ValueStyles = () => PLAIN,
): string {
  const cells = values.map((value, column) =>
    cell(`${columnName(column)}${row}`, value, timeZone, stylesOf(column)),
  );
  return `<row r="${row}">${cells.join('')}</row>`;
}

function cell(reference: string, value: CellInput, timeZone: string, styles: ValueStyles): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'string') return textCell(reference, value, styles.text);
  if (typeof value === 'boolean') return `<c r="${reference}" t="b"><v>${value ? 1 : 0}</v></c>`;
  if (value instanceof Date) {
    const serial = serialOf(value, timeZone);
    if (serial !== undefined) return numberCell(reference, serial, styles.date);
    const text = Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    return textCell(reference, text, styles.text);
  }
  return isKept(value)
    ? numberCell(reference, value, styles.number)
    : textCell(reference, String(value), styles.text);
}

/** Whether Excel has all digits that stand before the point. */
function isKept(value: number | bigint): boolean {
  if (typeof value === 'bigint') return value < MOST_EXACT && value > -MOST_EXACT;
  // From 1e21 on it is written with an exponent.
  return Number.isFinite(value) && (Math.abs(value) < 1e15 || Math.abs(value) >= 1e21);
}

function numberCell(reference: string, value: number | bigint, index: number): string {
  return `<c r="${reference}"${style(index)}><v>${value}</v></c>`;
}

function textCell(reference: string, text: string, index: number): string {
  return `<c r="${reference}"${style(index)} t="inlineStr"><is>${textElement(cutText(text))}</is></c>`;
}

function style(index: number): string {
  return index === 0 ? '' : ` s="${index}"`;
}
