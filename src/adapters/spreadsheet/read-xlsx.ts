import type { CellValue, Row, stream } from 'exceljs';
import { type Cell, TableError, type TableRow } from './table.ts';

/** Excel keeps 15 digits of a number. */
const LARGEST_NUMBER = 1e15;

/** What the library's reader has, which its types leave out. */
type Sheet = stream.xlsx.WorksheetReader & { readonly state?: string };

/**
 * Reads the first sheet that is not hidden. Rows come as they are parsed; only the texts of the workbook are held.
 * @throws TableError while the rows are read.
 */
export async function* readXlsx(path: string): AsyncGenerator<TableRow> {
  // 20 MB that are rarely needed.
  const { default: excel } = await import('exceljs');
  try {
    const workbook = new excel.stream.xlsx.WorkbookReader(path, {
      worksheets: 'emit',
      sharedStrings: 'cache',
      // Only its style tells a date from a number.
      styles: 'cache',
      hyperlinks: 'ignore',
      entries: 'ignore',
    });
    for await (const sheet of workbook as AsyncIterable<Sheet>) {
      if (sheet.state !== undefined && sheet.state !== 'visible') continue;
      for await (const row of sheet) {
        const cells = cellsOf(row);
        if (cells.some((cell) => cell !== '')) yield { number: row.number, cells };
      }
      return;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableError(`${path} cannot be read as a workbook: ${reason}`);
  }
}

function cellsOf(row: Row): Cell[] {
  return Array.from({ length: row.cellCount }, (_, index) => cellOf(row.getCell(index + 1).value));
}

/** A cell as text. What Excel has changed on its own, such as text that looked like a date, is a problem. */
export function cellOf(value: CellValue | undefined): Cell {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number') return numberOf(value);
  if (value instanceof Date) return { problem: 'is a date; format the column as text and enter it again' };
  if ('richText' in value) return value.richText.map(({ text }) => text).join('');
  if ('error' in value) return { problem: `is the error ${value.error}` };
  if ('hyperlink' in value) return cellOf(value.text);
  if ('result' in value) return cellOf(value.result);
  return { problem: 'is a formula without a result' };
}

function numberOf(value: number): Cell {
  if (!Number.isFinite(value)) return { problem: 'is no number' };
  if (Math.abs(value) < LARGEST_NUMBER) return String(value);
  return { problem: 'is a number of more than 15 digits; format the column as text and enter it again' };
}
