import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type Table, TableError, type TableRow } from './table.ts';

/** `gbk` is read as GB18030, which has all of it. */
export const CSV_ENCODINGS = ['utf-8', 'gbk', 'utf-16le'] as const;
export type CsvEncoding = (typeof CSV_ENCODINGS)[number];

const LABELS = { 'utf-8': 'utf-8', gbk: 'gb18030', 'utf-16le': 'utf-16le' } as const;
const DELIMITERS = [',', ';', '\t'] as const;
/** Where the header line is looked for, characters. */
const HEAD_LENGTH = 65_536;
/** A quote that is never closed must not gather the file, bytes. */
const LONGEST_RECORD = 1024 * 1024;

/**
 * Reads CSV (RFC 4180) with commas, semicolons or tabs, whichever the first line has most of. Without `encoding` a file
 * that is not UTF-8 is taken for GB18030, as Excel writes it in China.
 * @throws TableError, also while the rows are read.
 */
export async function readCsv(path: string, encoding?: CsvEncoding): Promise<Table> {
  const chosen = encoding ?? (await detectEncoding(path));
  const delimiter = delimiterOf(await headOf(path, chosen));
  return { encoding: chosen, rows: readRows(path, chosen, delimiter) };
}

async function* readRows(path: string, encoding: CsvEncoding, delimiter: string): AsyncGenerator<TableRow> {
  const { parse } = await import('csv-parse');
  const parser = Readable.from(decoded(path, encoding)).compose(
    parse({
      delimiter,
      relax_column_count: true,
      max_record_size: LONGEST_RECORD,
    }),
  );
  let number = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      number++;
      if (record.some((cell) => cell !== '')) yield { number, cells: record };
    }
  } catch (error) {
    if (error instanceof TableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableError(`${path} cannot be read as CSV after row ${number}: ${reason}`);
  }
}

/** @throws TableError where the bytes are not of the encoding. */
async function* decoded(path: string, encoding: CsvEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(LABELS[encoding], { fatal: true });
  try {
    for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TableError(
      `${path} is not ${encoding.toUpperCase()} text. Say which it is with --encoding, or save it as UTF-8.`,
    );
  }
}

async function detectEncoding(path: string): Promise<CsvEncoding> {
  const start = await Bun.file(path).slice(0, 2).bytes();
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  try {
    for await (const _ of decoded(path, 'utf-8')) {
      // Only whether it all decodes is asked.
    }
    return 'utf-8';
  } catch (error) {
    if (error instanceof TableError) return 'gbk';
    throw error;
  }
}

async function headOf(path: string, encoding: CsvEncoding): Promise<string> {
  let head = '';
  for await (const text of decoded(path, encoding)) {
    head += text;
    if (head.length >= HEAD_LENGTH || /[\r\n]/.test(head)) break;
  }
  return head.split(/[\r\n]/)[0] ?? '';
}

export function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, other) => (count(other) > count(best) ? other : best));
}
