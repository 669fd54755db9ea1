import { open } from 'node:fs/promises';
import { type CsvEncoding, readCsv } from './read-csv.ts';
import { readXlsx } from './read-xlsx.ts';
import { type Table, TableError } from './table.ts';

/**
 * Reads a CSV file or the first sheet of an Excel workbook, whichever its bytes are, without holding it in memory.
 * @param encoding of CSV; by default it is found out.
 * @throws TableError, also while the rows are read.
 */
export async function readTable(path: string, { encoding }: { encoding?: CsvEncoding } = {}): Promise<Table> {
  const start = await firstBytes(path);
  if (start.startsWith('504b0304')) return { encoding: undefined, rows: readXlsx(path) };
  if (start.startsWith('d0cf11e0')) {
    throw new TableError(`${path} is a workbook of the old kind (.xls). Save it as .xlsx or CSV.`);
  }
  return await readCsv(path, encoding);
}

/** hex. */
async function firstBytes(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead).toString('hex');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new TableError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
