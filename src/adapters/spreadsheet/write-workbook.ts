import type { WorkbookProperties } from './writing/frame.ts';
import { type SheetPlan, WorkbookStream } from './writing/workbook-stream.ts';
import { MOST_ROWS } from './writing/xml-rows.ts';
import { type CellInput, type ValueStyles, valueRow } from './writing/xml-values.ts';
import type { Sink } from './writing/zip-stream.ts';

export interface WorkbookColumn {
  readonly header: string;
  /** Characters, 16 by default. */
  readonly width?: number;
  /** Excel number format of its numbers and dates, by default `yyyy-mm-dd hh:mm:ss` for dates. */
  readonly format?: string;
}

export interface WorkbookSheet {
  readonly name: string;
  readonly columns: readonly WorkbookColumn[];
  /** Read once. A sheet that is full goes on in the next one. */
  readonly rows: Iterable<readonly CellInput[]> | AsyncIterable<readonly CellInput[]>;
}

export interface WorkbookOptions {
  /** IANA name; dates are shown as a clock there shows them. */
  readonly timeZone: string;
  readonly properties: WorkbookProperties;
  readonly signal?: AbortSignal;
}

const DEFAULT_WIDTH = 16;
const DATE_FORMAT = 'yyyy-mm-dd hh:mm:ss';
/** UTF-16 units gathered before they are compressed. */
const PIECE = 128 * 1024;

/**
 * Writes sheets from rows of any source, in memory that does not depend on their number.
 * Cells follow the rules of tables: no text becomes a formula, and numbers that Excel would round are texts.
 * @returns bytes written.
 */
export async function writeWorkbook(
  sheets: readonly WorkbookSheet[],
  sink: Sink,
  { timeZone, properties, signal }: WorkbookOptions,
): Promise<number> {
  // The format of dates is that of a sheet more, which is only planned: a column may hold numbers and dates.
  const plans: SheetPlan[] = [
    ...sheets.map(({ name, columns }) => ({
      name,
      hasHeader: true,
      columns: columns.map(({ header, width, format }) => ({
        header,
        width: width ?? DEFAULT_WIDTH,
        format,
      })),
    })),
    {
      name: 'Formats',
      hasHeader: false,
      columns: [{ header: '', width: DEFAULT_WIDTH, format: DATE_FORMAT }],
    },
  ];
  const book = await WorkbookStream.start(plans, properties, sink, 2);
  const dateStyle = book.stylesOf(sheets.length)[0] ?? 0;
  for (const [index, { columns, rows }] of sheets.entries()) {
    const styles = book.stylesOf(index).map((style, column): ValueStyles => {
      const date = columns[column]?.format === undefined ? dateStyle : style;
      return { text: 0, number: style, date };
    });
    const plain = { text: 0, number: 0, date: dateStyle };
    let { firstRow: row } = await book.beginSheet(index);
    let xml = '';
    for await (const values of rows) {
      signal?.throwIfAborted();
      if (row > MOST_ROWS) {
        await book.write(new TextEncoder().encode(xml));
        xml = '';
        await book.endSheet(row - 1);
        ({ firstRow: row } = await book.beginSheet(index));
      }
      xml += valueRow(row++, values, timeZone, (column) => styles[column] ?? plain);
      if (xml.length < PIECE) continue;
      await book.write(new TextEncoder().encode(xml));
      xml = '';
    }
    await book.write(new TextEncoder().encode(xml));
    await book.endSheet(row - 1);
  }
  await book.finish();
  return book.bytes;
}
