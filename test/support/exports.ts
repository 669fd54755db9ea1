import { parse } from 'csv-parse/sync';
import ExcelJS from 'exceljs';
import type postgres from 'postgres';
import type { Client } from './client.ts';

/** Holds everything that tests make. */
export const PERIOD = { startTime: '2020-01-01', endTime: '2100-12-31' } as const;

export function exportPath(file: string, parameters: Readonly<Record<string, string>> = {}): string {
  return `/exports/${file}?${new URLSearchParams({ ...PERIOD, ...parameters })}`;
}

/** The rows of a CSV report, by their headers. @throws when it was refused. */
export async function csvRows(
  client: Client,
  report: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>[]> {
  const response = await client.send(exportPath(`${report}.csv`, parameters));
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return parseCsv(await response.text());
}

export function parseCsv(text: string): Record<string, string>[] {
  return parse(text, { bom: true, columns: true, record_delimiter: '\r\n' });
}

/** The values of each sheet of a workbook, row by row. */
export async function sheetsOf(bytes: Uint8Array): Promise<Map<string, ExcelJS.CellValue[][]>> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.load(bytes.buffer as ArrayBuffer);
  return new Map(
    workbook.worksheets.map((sheet) => [
      sheet.name,
      sheet
        .getSheetValues()
        .slice(1)
        .map((row) => (Array.isArray(row) ? Array.from(row.slice(1)) : [])),
    ]),
  );
}

/** The code of a problem document, and what it says. */
export async function problemOf(response: Response): Promise<readonly [number, string, string]> {
  const { code, title } = (await response.json()) as { code: string; title: string };
  return [response.status, code, title];
}

/** Many materials of a mall, a millisecond apart and with ids in that order, as they are; rows only, without bytes. */
export async function addManyMaterials(sql: postgres.Sql, mallId: number, count: number): Promise<void> {
  await sql`
    insert into blobs (id, mall_id, sha256, size, mime_type, kind, width, height, storage_key)
    select id::uuid, ${mallId}, encode(sha256(id::bytea), 'hex'), 1000 + i, 'image/png', 'IMAGE', 640, 480, id
    from (select i, ${idOf(sql, mallId)} as id from generate_series(1, ${count}::int) as i) as rows`;
  await sql`
    insert into materials (id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder, tags,
      source, created_at)
    select id::uuid, ${mallId}, id::uuid, 'IMAGE', 1000 + i, 640, 480, 'poster ' || i || '.png',
      '/mall/2026-01-01/' || id || '.png', 'spring', '{red,绿}', 'UPLOAD', timestamptz '2026-01-01' + i * interval '1 ms'
    from (select i, ${idOf(sql, mallId)} as id from generate_series(1, ${count}::int) as i) as rows`;
  await sql`analyze materials, blobs`;
}

/** The id of one of these materials. */
export function manyMaterialId(mallId: number, i: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(mallId, 8)}-0000-7000-8000-${hex(i, 12)}`;
}

function idOf(sql: postgres.Sql, mallId: number) {
  return sql`lpad(to_hex(${mallId}::int), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0')`;
}
