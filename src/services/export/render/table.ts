import type { DatabaseAddress } from '../../../adapters/db/open.ts';
import type { TableColumn } from '../../../adapters/spreadsheet/writing/columns.ts';

export type { ColumnType, TableColumn } from '../../../adapters/spreadsheet/writing/columns.ts';

export interface ExtraSheet {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** As that of the table. */
  readonly select: string;
}

/** What is known when the rows have been read. */
export interface TableFacts {
  readonly rows: number;
  /**
   * SHA-256, hex, of the rows as PostgreSQL's COPY writes them in text format: UTF-8, columns apart by tabs, each row ended
   * by a line feed, no header, instants in the table's time zone. XLSX and CSV of the same rows have the same.
   */
  readonly sha256: string;
  /** The instant of the snapshot. */
  readonly readAt: Date;
  /** Texts that were longer than a cell can be and end in `…` instead. Always 0 for CSV. */
  readonly cutCells: number;
}

export type AboutRow = readonly [label: string, value: string | number | Date];

export interface TableSpec {
  readonly format: 'XLSX' | 'CSV';
  readonly address: DatabaseAddress;
  /** Complete SELECT without parameters, native types, ordered. */
  readonly select: string;
  /** SELECT of one number, the rows of `select`; asked in the same snapshot where somebody listens to the progress. */
  readonly count?: string;
  readonly columns: readonly TableColumn[];
  readonly sheetName: string;
  /** IANA name; instants are shown as a clock there shows them. */
  readonly timeZone: string;
  /** Small sheets after the rows, of the same snapshot; XLSX only. */
  readonly extraSheets?: readonly ExtraSheet[];
  /** The last sheet; XLSX only. */
  readonly about: (facts: TableFacts) => readonly AboutRow[];
  readonly aboutSheetName: string;
  readonly properties: { readonly title: string; readonly creator: string; readonly created: Date };
}

export interface TableProgress {
  readonly rows: number;
  /** null where `count` is not given. */
  readonly total: number | null;
  readonly bytes: number;
}

export interface WrittenTable {
  readonly rows: number;
  readonly bytes: number;
  /** As in {@link TableFacts}. */
  readonly sha256: string;
}
