import { open } from 'node:fs/promises';
import type { ColumnType, TableColumn, TableSpec } from '../../src/services/export/render/table.ts';
import { type WriteTableOptions, writeTable } from '../../src/services/export/render/write-table.ts';

/** Columns from `name: type`, with their names as headers. */
export function columnsOf(types: Readonly<Record<string, ColumnType>>): TableColumn[] {
  return Object.entries(types).map(([key, type]) => ({ key, header: key, type }));
}

export function tableSpec(
  spec: Pick<TableSpec, 'address' | 'select' | 'columns'> & Partial<TableSpec>,
): TableSpec {
  return {
    format: 'XLSX',
    sheetName: 'Rows',
    timeZone: 'UTC',
    about: ({ rows, sha256, readAt, cutCells }) => [
      ['Rows', rows],
      ['SHA-256', sha256],
      ['Read at', readAt],
      ['Cut', cutCells],
    ],
    aboutSheetName: 'About',
    properties: { title: 'A table', creator: 'Stockroom', created: new Date('2026-11-22T10:00:00Z') },
    ...spec,
  };
}

/** Writes the table to a file. */
export async function writeTableFile(
  path: string,
  spec: TableSpec,
  options: Partial<WriteTableOptions> = {},
) {
  const file = await open(path, 'w');
  try {
    return await writeTable(
      spec,
      async (chunk) => {
        await file.write(chunk);
      },
      { signal: new AbortController().signal, ...options },
    );
  } finally {
    await file.close();
  }
}
