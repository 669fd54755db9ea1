import { PassThrough } from 'node:stream';
import exceljs from 'exceljs';

export interface Column<Row> {
  readonly header: string;
  /** Characters. */
  readonly width: number;
  value(row: Row): string | number | Date;
}

/** Bytes of a workbook with one sheet, made while the rows come. An error of the rows is one of the bytes. */
export async function* writeWorkbook<Row>(
  sheetName: string,
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): AsyncGenerator<Uint8Array> {
  const stream = new PassThrough();
  const written = writeRows(stream, sheetName, columns, rows).catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  for await (const chunk of stream) yield chunk as Uint8Array;
  await written;
}

async function writeRows<Row>(
  stream: PassThrough,
  sheetName: string,
  columns: readonly Column<Row>[],
  rows: Iterable<Row>,
): Promise<void> {
  const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream, useStyles: true });
  const sheet = workbook.addWorksheet(sheetName, { views: [{ state: 'frozen', ySplit: 1 }] });
  sheet.columns = columns.map(({ header, width }) => ({ header, width }));
  sheet.getRow(1).font = { bold: true };
  for (const row of rows) {
    sheet.addRow(columns.map((column) => column.value(row))).commit();
  }
  await workbook.commit();
}
