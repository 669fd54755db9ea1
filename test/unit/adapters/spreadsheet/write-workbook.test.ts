import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { writeWorkbook } from '../../../../src/adapters/spreadsheet/write-workbook.ts';
import { readWithExceljs } from '../../../support/spreadsheet-readers.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const properties = { title: 'A workbook', creator: 'Stockroom', created: new Date('2026-11-22T10:00:00Z') };

test('a workbook has each sheet with its values as they are', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'book.xlsx');
  const chunks: Uint8Array[] = [];
  async function* many() {
    for (let n = 0; n < 5000; n++) yield [n, `row ${n} 中`];
  }
  const bytes = await writeWorkbook(
    [
      {
        name: 'Values',
        columns: [{ header: 'a' }, { header: 'b', format: '0.00' }, { header: 'c' }],
        rows: [
          ['=1+1', 2.5, new Date('2026-11-22T16:30:00.250Z')],
          [true, 12345678901234567890n, null],
          ['_x0041_', Number.NaN, '😀'],
        ],
      },
      { name: 'values', columns: [{ header: 'n' }, { header: 'text' }], rows: many() },
    ],
    (chunk) => void chunks.push(chunk),
    { timeZone: 'Asia/Shanghai', properties },
  );
  await Bun.write(path, new Blob(chunks as BlobPart[]));
  expect(Bun.file(path).size).toBe(bytes);
  const sheets = await readWithExceljs(path);
  expect(Object.keys(sheets)).toEqual(['Values', 'values (2)']);
  expect(sheets.Values?.slice(1)).toEqual([
    ['=1+1', 2.5, '2026-11-23T00:30:00.250'],
    [true, '12345678901234567890', null],
    ['_x0041_', 'NaN', '😀'],
  ]);
  expect(sheets['values (2)']).toHaveLength(5001);
  expect(sheets['values (2)']?.at(-1)).toEqual([4999, 'row 4999 中']);
});
