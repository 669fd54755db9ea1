/** The text of a cell, or why it has none that can be relied on. */
export type Cell = string | { readonly problem: string };

export interface TableRow {
  /** As spreadsheet programs count: the first is 1, empty ones count. */
  readonly number: number;
  readonly cells: readonly Cell[];
}

export interface Table {
  /** Of a text file, such as `utf-8`; undefined for a workbook. */
  readonly encoding: string | undefined;
  /** Rows that are wholly empty are left out. To be read once. */
  readonly rows: AsyncIterable<TableRow>;
}

/** The file is not a table that can be read; `message` is for the operator. */
export class TableError extends Error {
  override readonly name = 'TableError';
}
