import type { Sink } from '../../../adapters/spreadsheet/writing/zip-stream.ts';
import type { TableProgress, TableSpec, WrittenTable } from './table.ts';

export interface WriteTableOptions {
  /** Ends the query and closes the connection, within a second. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TableProgress) => void;
}

/**
 * Writes the rows of a SELECT as a workbook or as CSV, from one snapshot, in memory that does not depend on their number.
 * While the sink's promise is open, rows wait in the database.
 * @throws what the sink throws, the signal's reason, or the database's error; `isDatabaseUnavailable` knows the kind.
 * A sink that has got bytes by then must not end them as if they were complete.
 */
export async function writeTable(
  spec: TableSpec,
  sink: Sink,
  options: WriteTableOptions,
): Promise<WrittenTable> {
  void spec;
  void sink;
  void options;
  throw new Error('not written yet');
}
