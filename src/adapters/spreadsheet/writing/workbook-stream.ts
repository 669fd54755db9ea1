import {
  afterRows,
  type Frame,
  type FrameColumn,
  type FrameSheet,
  makeFrame,
  type SheetFrame,
  type WorkbookProperties,
} from './frame.ts';
import { distinctSheetNames } from './sheet-names.ts';
import { valueRow } from './xml-values.ts';
import { type Sink, ZipStream } from './zip-stream.ts';

export interface SheetPlan {
  readonly name: string;
  readonly columns: readonly FrameColumn[];
  /** Whether its first row is a header. */
  readonly hasHeader: boolean;
}

/** A sheet that is being written. */
export interface OpenSheet {
  readonly frame: SheetFrame;
  /** Number of the first row after the header. */
  readonly firstRow: number;
}

interface WrittenSheet {
  readonly plan: SheetPlan;
  readonly rows: number;
}

const RELATIONS = '_rels/.rels';
const STYLES = 'xl/styles.xml';

/** Writes a workbook sheet after sheet: the frame is exceljs's, the rows are the caller's. */
export class WorkbookStream {
  readonly #zip: ZipStream;
  readonly #plans: readonly SheetPlan[];
  readonly #frames: readonly SheetFrame[];
  readonly #properties: WorkbookProperties;
  readonly #styles: Uint8Array;
  readonly #written: WrittenSheet[] = [];
  #open: { readonly plan: SheetPlan; readonly frame: SheetFrame } | undefined;

  private constructor(
    zip: ZipStream,
    plans: readonly SheetPlan[],
    { sheets, parts }: Frame,
    properties: WorkbookProperties,
  ) {
    this.#zip = zip;
    this.#plans = plans;
    this.#frames = sheets;
    this.#styles = parts.get(STYLES) ?? new Uint8Array();
    this.#properties = properties;
  }

  /** @param threads pieces that are compressed at once. */
  static async start(
    plans: readonly SheetPlan[],
    properties: WorkbookProperties,
    sink: Sink,
    threads: number,
  ): Promise<WorkbookStream> {
    const frame = await makeFrame(
      plans.map((plan, index) => ({ ...frameSheet(plan, 2), name: `${index}` })),
      properties,
    );
    const zip = new ZipStream(sink, { modified: properties.created, threads });
    // Programs that look at the first entry only know a document by it.
    await zip.add(RELATIONS, frame.parts.get(RELATIONS) ?? '');
    return new WorkbookStream(zip, plans, frame, properties);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#zip.bytes;
  }

  /** Indexes of the cell formats of a planned sheet's columns. */
  stylesOf(index: number): readonly number[] {
    return this.#frames[index]?.styles ?? [];
  }

  /** Begins a sheet like the planned one of this index; the same once more continues it. */
  async beginSheet(index: number): Promise<OpenSheet> {
    const plan = this.#plans[index];
    const frame = this.#frames[index];
    if (!plan || !frame) throw new Error(`no sheet ${index} was planned`);
    this.#open = { plan, frame };
    await this.#zip.begin(`xl/worksheets/sheet${this.#written.length + 1}.xml`);
    const styles = { text: frame.headerStyle, number: frame.headerStyle, date: frame.headerStyle };
    const headers = plan.columns.map(({ header }) => header);
    const header = plan.hasHeader ? valueRow(1, headers, 'UTC', () => styles) : '';
    await this.write(new TextEncoder().encode(frame.before + header));
    return { frame, firstRow: plan.hasHeader ? 2 : 1 };
  }

  /** Adds rows to the sheet begun last. `rows` are the stream's until it calls `free`. */
  async write(rows: Uint8Array, free?: (rows: Uint8Array) => void): Promise<void> {
    await this.#zip.write(rows, free);
  }

  /** @param rows number of its last row. */
  async endSheet(rows: number): Promise<void> {
    if (!this.#open) throw new Error('no sheet was begun');
    const { plan, frame } = this.#open;
    await this.write(new TextEncoder().encode(afterRows(frame, rows)));
    await this.#zip.end();
    this.#written.push({ plan, rows });
  }

  async finish(): Promise<void> {
    const names = distinctSheetNames(this.#written.map(({ plan }) => plan.name));
    const { parts } = await makeFrame(
      this.#written.map(({ plan, rows }, index) => ({
        ...frameSheet(plan, rows),
        name: names[index] ?? plan.name,
      })),
      this.#properties,
    );
    for (const [name, content] of parts) {
      // The rows refer to the formats as they were planned.
      if (name !== RELATIONS) await this.#zip.add(name, name === STYLES ? this.#styles : content);
    }
    await this.#zip.finish();
  }
}

function frameSheet({ name, columns, hasHeader }: SheetPlan, rows: number): FrameSheet {
  return { name, columns, hasHeader, rows };
}
