import type { Cell, TableRow } from '../../../adapters/spreadsheet/table.ts';
import { AppError } from '../../../errors.ts';
import { readTime } from '../../../lib/times.ts';
import { isId } from '../../access.ts';

/** The columns of the old table, each under the names that it may have. */
const COLUMNS = {
  basePath: ['base_path', 'path'],
  mallId: ['mall_id'],
  filename: ['origin_filename', 'filename', 'name'],
  size: ['size'],
  createdAt: ['created_at', 'create_time', 'created_time', 'create_at', 'add_time', 'ctime'],
} as const;
type Column = keyof typeof COLUMNS;
type Header = ReadonlyMap<Column, number>;

const MAX_PATH_BYTES = 500;
/** Control characters, halves of surrogate pairs, and what Windows takes for a separator. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u;

/** A row of the old material table. */
export interface LegacyMaterial {
  readonly row: number;
  /** As it stands in URLs, with a slash before it. */
  readonly basePath: string;
  /** null: a site file, which belongs to no mall. */
  readonly mallId: number | null;
  readonly filename: string;
  /** Bytes that the file had when it came; undefined: the table does not say. */
  readonly size: number | undefined;
  readonly createdAt: Date | undefined;
}

export interface Mismatch {
  /** Of the table, as spreadsheet programs count. */
  readonly row: number;
  readonly basePath: string;
  readonly reason: string;
}

/**
 * Reads the rows of the old table, of which the first names the columns.
 * @param timeZone of times that have none.
 * @throws AppError PARAMS_INVALID when there is no column `base_path`.
 */
export async function* readRows(
  rows: AsyncIterable<TableRow>,
  timeZone: string,
): AsyncGenerator<LegacyMaterial | Mismatch> {
  let header: Header | undefined;
  for await (const row of rows) {
    if (header) yield readRow(row, header, timeZone);
    else header = readHeader(row);
  }
}

function readHeader({ cells }: TableRow): Header {
  const names = cells.map((cell) => (typeof cell === 'string' ? cell.trim().toLowerCase() : ''));
  const header = new Map<Column, number>();
  for (const [column, aliases] of Object.entries(COLUMNS)) {
    const index = aliases.map((alias) => names.indexOf(alias)).find((found) => found !== -1);
    if (index !== undefined) header.set(column as Column, index);
  }
  if (header.has('basePath')) return header;
  throw new AppError('PARAMS_INVALID', {
    detail: 'The first row must name the columns, base_path among them.',
  });
}

function readRow({ number, cells }: TableRow, header: Header, timeZone: string): LegacyMaterial | Mismatch {
  const text = (column: Column): string => {
    const cell: Cell = cells[header.get(column) ?? -1] ?? '';
    return typeof cell === 'string' ? cell.trim() : '';
  };
  const given = text('basePath');
  const basePath = given.startsWith('/') ? given : `/${given}`;
  const wrong = (reason: string): Mismatch => ({ row: number, basePath, reason });

  if (!isPath(basePath)) return wrong('base_path is no path of a file');
  const mall = text('mallId');
  const mallId = /^0?$|^null$/i.test(mall) ? null : Number(mall);
  if (mallId !== null && !isId(mallId)) return wrong(`mall_id is no number of a mall: ${mall}`);
  const size = text('size');
  const createdAt = text('createdAt');
  const time = readCreated(createdAt, timeZone);
  if (createdAt !== '' && time === undefined) return wrong(`the time is not understood: ${createdAt}`);
  return {
    row: number,
    basePath,
    mallId,
    filename: text('filename') || (basePath.split('/').at(-1) ?? ''),
    size: /^\d{1,15}$/.test(size) ? Number(size) : undefined,
    createdAt: time,
  };
}

/** Whether each part is a name; the file is looked for below a directory. */
function isPath(basePath: string): boolean {
  return (
    Buffer.byteLength(basePath) <= MAX_PATH_BYTES &&
    !FORBIDDEN.test(basePath) &&
    basePath
      .slice(1)
      .split('/')
      .every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** A time as databases export it, or seconds or milliseconds since 1970. */
function readCreated(text: string, timeZone: string): Date | undefined {
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  if (/^\d{12,13}$/.test(text)) return new Date(Number(text));
  return readTime(text, timeZone)?.from;
}
