import { availableParallelism } from 'node:os';
import { readSnapshot, type Snapshot } from '../../../adapters/db/copy-out.ts';
import { formatOf, type TableColumn, widthOf } from '../../../adapters/spreadsheet/writing/columns.ts';
import { CsvRows, csvText } from '../../../adapters/spreadsheet/writing/csv-rows.ts';
import { type SheetPlan, WorkbookStream } from '../../../adapters/spreadsheet/writing/workbook-stream.ts';
import { MOST_ROWS, XmlRows } from '../../../adapters/spreadsheet/writing/xml-rows.ts';
import { valueRow } from '../../../adapters/spreadsheet/writing/xml-values.ts';
import type { Sink } from '../../../adapters/spreadsheet/writing/zip-stream.ts';
import type { AboutRow, TableFacts, TableSpec, WrittenTable } from './table.ts';

/** A table's specification as it goes to another thread. */
export type PlainTableSpec = Omit<TableSpec, 'about'>;

export interface RenderOptions {
  readonly signal: AbortSignal;
  readonly about: (facts: TableFacts) => Promise<readonly AboutRow[]>;
  /** Whether somebody wants to know how far it is. */
  readonly withTotal: boolean;
  readonly onRows: (rows: number, total: number | null) => void;
}

/** Rows are compressed, or sent, in pieces of about so many bytes. */
const PIECE = 128 * 1024;
const BYTE_ORDER_MARK = '\ufeff';
const ABOUT_COLUMNS = [
  { header: '', width: 28, format: undefined },
  { header: '', width: 72, format: undefined },
];

/** As `writeTable`, in the thread that calls. */
export async function renderTable(
  spec: PlainTableSpec,
  sink: Sink,
  options: RenderOptions,
): Promise<WrittenTable> {
  const { address, timeZone } = spec;
  return await readSnapshot(address, { timeZone, signal: options.signal }, async (snapshot) => {
    const total = spec.count && options.withTotal ? await snapshot.number(spec.count) : null;
    const onRows = (rows: number) => options.onRows(rows, total);
    return spec.format === 'CSV'
      ? await renderCsv(spec, snapshot, sink, onRows)
      : await renderWorkbook(spec, snapshot, sink, { ...options, onRows });
  });
}

async function renderCsv(
  { select, columns }: PlainTableSpec,
  snapshot: Snapshot,
  sink: Sink,
  onRows: (rows: number) => void,
): Promise<WrittenTable> {
  const hash = new Bun.CryptoHasher('sha256');
  const rows = new CsvRows(columns.map(({ type }) => type));
  let bytes = 0;
  const send = async (piece: Uint8Array) => {
    bytes += piece.byteLength;
    onRows(rows.rows);
    await sink(piece);
  };
  const header = columns.map((column) => csvText(column.header)).join(',');
  await send(new TextEncoder().encode(`${BYTE_ORDER_MARK}${header}\r\n`));
  await snapshot.copy(selectOf(select, columns), (input) => {
    hash.update(input);
    rows.encode(input);
    return rows.pending >= PIECE ? send(rows.take()) : undefined;
  });
  if (rows.pending > 0) await send(rows.take());
  return { rows: rows.rows, bytes, sha256: hash.digest('hex') };
}

async function renderWorkbook(
  spec: PlainTableSpec,
  snapshot: Snapshot,
  sink: Sink,
  { about, onRows }: Pick<RenderOptions, 'about'> & { onRows: (rows: number) => void },
): Promise<WrittenTable> {
  const { select, columns, extraSheets = [], properties, timeZone } = spec;
  const plans = [
    planOf(spec.sheetName, columns),
    ...extraSheets.map((extra) => planOf(extra.name, extra.columns)),
    { name: spec.aboutSheetName, columns: ABOUT_COLUMNS, hasHeader: false },
  ];
  const book = await WorkbookStream.start(plans, properties, sink, availableParallelism());
  const hash = new Bun.CryptoHasher('sha256');
  const main = new SheetRows(book, 0, columns, onRows);
  await main.begin();
  await snapshot.copy(selectOf(select, columns), (input) => {
    hash.update(input);
    return main.add(input);
  });
  await main.end();
  let cutCells = main.cutCells;
  for (const [index, extra] of extraSheets.entries()) {
    const sheet = new SheetRows(book, index + 1, extra.columns, () => {});
    await sheet.begin();
    await snapshot.copy(selectOf(extra.select, extra.columns), (input) => sheet.add(input));
    await sheet.end();
    cutCells += sheet.cutCells;
  }
  const sha256 = hash.digest('hex');
  const facts = { rows: main.rows, sha256, readAt: snapshot.readAt, cutCells };
  await writeAbout(book, plans.length - 1, await about(facts), timeZone);
  await book.finish();
  return { rows: main.rows, bytes: book.bytes, sha256 };
}

/** Rows of a SELECT, on as many sheets as they need. */
class SheetRows {
  rows = 0;
  cutCells = 0;
  readonly #book: WorkbookStream;
  readonly #index: number;
  readonly #columns: readonly TableColumn[];
  readonly #onRows: (rows: number) => void;
  #sheet: XmlRows | undefined;
  #firstRow = 0;

  constructor(
    book: WorkbookStream,
    index: number,
    columns: readonly TableColumn[],
    onRows: (rows: number) => void,
  ) {
    this.#book = book;
    this.#index = index;
    this.#columns = columns;
    this.#onRows = onRows;
  }

  async begin(): Promise<void> {
    const { frame, firstRow } = await this.#book.beginSheet(this.#index);
    this.#firstRow = firstRow;
    const types = this.#columns.map(({ type }) => type);
    this.#sheet = new XmlRows(types, frame.styles, firstRow);
  }

  /** Waits only where there is something to wait for, so that most chunks cost no turn of the event loop. */
  add(input: Uint8Array): Promise<void> | undefined {
    const sheet = this.#current();
    const end = sheet.encode(input);
    if (end < input.length) return this.#continue(input, end);
    return sheet.pending >= PIECE ? this.#flush(sheet) : undefined;
  }

  async end(): Promise<void> {
    const sheet = this.#current();
    await this.#flush(sheet);
    await this.#book.endSheet(sheet.row - 1);
    this.rows += sheet.row - this.#firstRow;
    this.cutCells += sheet.cutCells;
    this.#sheet = undefined;
  }

  async #continue(input: Uint8Array, from: number): Promise<void> {
    await this.end();
    await this.begin();
    // A chunk is far smaller than a sheet.
    this.#current().encode(input, from);
  }

  async #flush(sheet: XmlRows): Promise<void> {
    this.#onRows(this.rows + sheet.row - this.#firstRow);
    await this.#book.write(sheet.take(), (taken) => sheet.giveBack(taken));
  }

  #current(): XmlRows {
    if (!this.#sheet) throw new Error('no sheet was begun');
    return this.#sheet;
  }
}

async function writeAbout(
  book: WorkbookStream,
  index: number,
  rows: readonly AboutRow[],
  timeZone: string,
): Promise<void> {
  const { firstRow } = await book.beginSheet(index);
  const xml = rows.slice(0, MOST_ROWS).map((row, at) => valueRow(firstRow + at, row, timeZone));
  await book.write(new TextEncoder().encode(xml.join('')));
  await book.endSheet(rows.length);
}

function planOf(name: string, columns: readonly TableColumn[]): SheetPlan {
  return {
    name,
    hasHeader: true,
    columns: columns.map((column) => ({
      header: column.header,
      width: widthOf(column),
      format: formatOf(column),
    })),
  };
}

/** The columns in their order, whatever else the SELECT gives. */
function selectOf(select: string, columns: readonly TableColumn[]): string {
  const keys = columns.map(({ key }) => `"${key.replaceAll('"', '""')}"`);
  return `select ${keys.join(', ')} from (${select}) as rows`;
}
