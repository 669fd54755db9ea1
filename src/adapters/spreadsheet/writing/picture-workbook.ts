import { cutText, escapeCharacters } from './cell-text.ts';
import { formatOf, type TableColumn, widthOf } from './columns.ts';

/** px. */
const PICTURE_SIDE = 80;
/** Points: 80 px and a little room. */
const ROW_HEIGHT = 64;
/** Characters. */
const PICTURE_WIDTH = 13;

export type PlainValue = string | number | boolean | Date | null;

export interface Picture {
  readonly bytes: Uint8Array;
  readonly type: 'jpeg' | 'png';
  /** px. */
  readonly width: number;
  readonly height: number;
}

export interface PlainSheet {
  readonly name: string;
  /** Without them there is no row of headers. */
  readonly columns: readonly TableColumn[];
  /** Dates show their UTC. */
  readonly rows: readonly (readonly PlainValue[])[];
  /** By row: shown before the first column. */
  readonly pictures?: readonly (Picture | undefined)[];
  /** Of the column of pictures. */
  readonly pictureHeader?: string;
}

/** A workbook of few rows, in memory, with small pictures in them. */
export async function pictureWorkbook(
  sheets: readonly PlainSheet[],
  properties: { readonly title: string; readonly creator: string; readonly created: Date },
): Promise<Uint8Array> {
  // It takes 20 MB, and few ever need it.
  const { default: excel } = await import('exceljs/dist/exceljs.min.js');
  const book = new excel.Workbook();
  Object.assign(book, properties);
  for (const { name, columns, rows, pictures, pictureHeader = '' } of sheets) {
    const hasHeader = columns.length > 0;
    const sheet = book.addWorksheet(name, { views: hasHeader ? [{ state: 'frozen', ySplit: 1 }] : [] });
    const first = pictures ? [null] : [];
    if (hasHeader) {
      const headers = columns.map(({ header }) => header);
      sheet.addRow(pictures ? [pictureHeader, ...headers] : headers).font = { bold: true };
    }
    for (const [i, column] of columns.entries()) {
      const place = sheet.getColumn(i + first.length + 1);
      place.width = widthOf(column);
      const format = formatOf(column);
      if (format) place.numFmt = format;
    }
    if (pictures) sheet.getColumn(1).width = PICTURE_WIDTH;
    for (const [i, values] of rows.entries()) {
      const row = sheet.addRow([...first, ...values.map(cellOf)]);
      const picture = pictures?.[i];
      if (!picture) continue;
      row.height = ROW_HEIGHT;
      const scale = Math.min(1, PICTURE_SIDE / Math.max(picture.width, picture.height));
      const id = book.addImage({
        base64: Buffer.from(picture.bytes).toString('base64'),
        extension: picture.type,
      });
      sheet.addImage(id, {
        tl: { col: 0.05, row: row.number - 0.95 },
        ext: { width: picture.width * scale, height: picture.height * scale },
        editAs: 'oneCell',
      });
    }
  }
  return new Uint8Array(await book.xlsx.writeBuffer());
}

function cellOf(value: PlainValue): PlainValue {
  return typeof value === 'string' ? escapeCharacters(cutText(value)) : value;
}
