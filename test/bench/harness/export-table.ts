/** Writes a table of the benchmark to a file, in a process of its own. Arguments: XLSX or CSV, database, rows, path. */
import { open } from 'node:fs/promises';
import type { ColumnType, TableSpec } from '../../../src/services/export/render/table.ts';
import { writeTable } from '../../../src/services/export/render/write-table.ts';
import { peakBytes, resetPeak, residentBytes } from './memory.ts';

const COLUMNS: Readonly<Record<string, ColumnType>> = {
  id: 'integer',
  size: 'bytes',
  hash: 'text',
  name: 'text',
  mime: 'text',
  created: 'instant',
  day: 'day',
  public: 'boolean',
  price: 'decimal',
  folder: 'text',
};

const [format = 'XLSX', address = '', rows = '1', path = '/dev/null'] = process.argv.slice(2);
const specOf = (limit: string): TableSpec => ({
  format: format === 'CSV' ? 'CSV' : 'XLSX',
  address,
  select: `select * from materials order by id limit ${Number(limit)}`,
  columns: Object.entries(COLUMNS).map(([key, type]) => ({ key, header: key, type })),
  sheetName: 'Rows',
  timeZone: 'Asia/Shanghai',
  about: () => [],
  aboutSheetName: 'About',
  properties: { title: 'Rows', creator: 'Stockroom', created: new Date() },
});

const { signal } = new AbortController();
const file = await open(path, 'w');
await writeTable(specOf('100'), () => {}, { signal });
const before = residentBytes(process.pid);
resetPeak(process.pid);
const start = performance.now();
let firstMs: number | undefined;
await writeTable(
  specOf(rows),
  async (chunk) => {
    firstMs ??= performance.now() - start;
    await file.write(chunk);
  },
  { signal },
);
const ms = performance.now() - start;
await file.close();
console.log(JSON.stringify({ ms, firstMs, growth: peakBytes(process.pid) - before }));
process.exit(0);
