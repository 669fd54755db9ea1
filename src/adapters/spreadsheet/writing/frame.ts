import { storedParts } from './stored-parts.ts';

export interface FrameColumn {
  readonly header: string;
  /** Characters. */
  readonly width: number;
  /** Excel number format. */
  readonly format: string | undefined;
}

export interface FrameSheet {
  readonly name: string;
  readonly columns: readonly FrameColumn[];
  /** Rows with the header's, as far as they are known. */
  readonly rows: number;
  /** Whether the first row is a header: bold, always in sight, with filters. */
  readonly hasHeader: boolean;
}

export interface WorkbookProperties {
  readonly title: string;
  readonly creator: string;
  readonly created: Date;
}

/** Everything of a workbook but the rows. */
export interface Frame {
  readonly sheets: readonly SheetFrame[];
  /** The parts that are not sheets, by name. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

export interface SheetFrame {
  readonly part: string;
  /** What stands before the first row and after the last one. */
  readonly before: string;
  readonly after: string;
  /** Indexes of cell formats (`s`). */
  readonly headerStyle: number;
  readonly styles: readonly number[];
}

/** Lets exceljs make the workbook with one sample row a sheet, of which the formats are read off. */
export async function makeFrame(
  sheets: readonly FrameSheet[],
  { title, creator, created }: WorkbookProperties,
): Promise<Frame> {
  // 20 MB that are rarely needed.
  const { default: excel } = await import('exceljs/dist/exceljs.min.js');
  const workbook = new excel.Workbook();
  Object.assign(workbook, { title, creator, lastModifiedBy: creator, created, modified: created });
  for (const { name, columns, rows, hasHeader } of sheets) {
    const sheet = workbook.addWorksheet(name, hasHeader ? { views: [{ state: 'frozen', ySplit: 1 }] } : {});
    sheet.columns = columns.map(({ width, format }) => ({
      width,
      style: format === undefined ? {} : { numFmt: format },
    }));
    for (const [index, { format }] of columns.entries()) {
      const header = sheet.getCell(1, index + 1);
      header.value = 0;
      header.style = hasHeader ? { font: { bold: true }, alignment: { vertical: 'middle' } } : {};
      const sample = sheet.getCell(2, index + 1);
      sample.value = 0;
      sample.style = format === undefined ? {} : { numFmt: format };
    }
    if (hasHeader && columns.length > 0) {
      sheet.autoFilter = {
        from: { row: 1, column: 1 },
        to: { row: Math.max(rows, 1), column: columns.length },
      };
    }
  }
  const archive = await workbook.xlsx.writeBuffer({ zip: { compression: 'STORE' } } as object);
  const parts = storedParts(new Uint8Array(archive as ArrayBuffer));
  const frames = sheets.map((_, index) => {
    const part = `xl/worksheets/sheet${index + 1}.xml`;
    const xml = new TextDecoder().decode(parts.get(part));
    parts.delete(part);
    return sheetFrame(part, xml);
  });
  return { sheets: frames, parts };
}

/** `after` with the filter over as many rows as there are. */
export function afterRows({ after }: SheetFrame, rows: number): string {
  return after.replace(/(<autoFilter ref="[A-Z]+1:[A-Z]+)\d+/, `$1${rows}`);
}

function sheetFrame(part: string, xml: string): SheetFrame {
  const found = /^(.*)<sheetData>(.*)<\/sheetData>(.*)$/s.exec(xml);
  if (!found) throw new Error(`the library has made no rows in ${part}`);
  const [, before = '', rows = '', after = ''] = found;
  const stylesOf = (row: number) =>
    [...rows.matchAll(/<c r="[A-Z]+(\d+)"([^>]*)>/g)]
      .filter(([, number]) => Number(number) === row)
      .map(([, , attributes = '']) => Number(/\bs="(\d+)"/.exec(attributes)?.[1] ?? 0));
  return {
    part,
    // How far the rows go is only known when they have been written; it may be left out.
    before: `${before.replace(/<dimension [^>]*>/, '')}<sheetData>`,
    after: `</sheetData>${after}`,
    headerStyle: stylesOf(1)[0] ?? 0,
    styles: stylesOf(2),
  };
}
