import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import excel from 'exceljs';
import { type CsvEncoding, delimiterOf } from '../../../../src/adapters/spreadsheet/read-csv.ts';
import { readTable } from '../../../../src/adapters/spreadsheet/read-table.ts';
import { cellOf } from '../../../../src/adapters/spreadsheet/read-xlsx.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** 张三 */
const GBK_NAME = [0xd5, 0xc5, 0xc8, 0xfd];

async function readBytes(bytes: string | number[], encoding?: CsvEncoding) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'table.csv');
  await Bun.write(path, typeof bytes === 'string' ? bytes : new Uint8Array(bytes));
  const table = await readTable(path, encoding === undefined ? {} : { encoding });
  return { encoding: table.encoding, rows: await Array.fromAsync(table.rows) };
}

describe('a CSV file', () => {
  test('is read with its rows numbered as spreadsheet programs do', async () => {
    const { encoding, rows } = await readBytes('\uFEFFa,b\r\n\r\n"x ""1""\nnext",2\r\nlast');
    expect(encoding).toBe('utf-8');
    expect(rows).toEqual([
      { number: 1, cells: ['a', 'b'] },
      { number: 3, cells: ['x "1"\nnext', '2'] },
      { number: 4, cells: ['last'] },
    ]);
  });

  test('that is not UTF-8 is read as Chinese Excel writes it', async () => {
    const { encoding, rows } = await readBytes([...GBK_NAME, 0x2c, 0x78, 0x0a]);
    expect(encoding).toBe('gbk');
    expect(rows).toEqual([{ number: 1, cells: ['张三', 'x'] }]);
  });

  test('in UTF-16 is known by its mark', async () => {
    const text = Buffer.from('\uFEFF张三\tx\n', 'utf16le');
    expect(await readBytes([...text])).toEqual({
      encoding: 'utf-16le',
      rows: [{ number: 1, cells: ['张三', 'x'] }],
    });
  });

  test('is refused where it is not of the encoding that was named', async () => {
    expect(readBytes([...GBK_NAME], 'utf-8')).rejects.toThrow(/is not UTF-8 text/);
  });

  test('with a quote that is not closed tells where it cannot be read on', async () => {
    expect(readBytes('a,b\nc,d\n"e,f\ng,h\n')).rejects.toThrow(/after row 2: Quote Not Closed/);
  });

  test.each([
    ['username,malls', ','],
    ['username;password;malls', ';'],
    ['username\tpassword', '\t'],
    ['username', ','],
    ['"a;b;c",d', ','],
  ])('whose first line is %p is divided by %p', (line, delimiter) => {
    expect(delimiterOf(line)).toBe(delimiter);
  });
});

describe('a workbook', () => {
  test('is read from its first visible sheet, cell by cell as text', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'users.bin');
    const workbook = new excel.Workbook();
    workbook.addWorksheet('hidden', { state: 'hidden' }).addRow(['no']);
    const sheet = workbook.addWorksheet('用户');
    sheet.addRow(['username', 'password']);
    sheet.addRow([]);
    sheet.addRow([13800138000, { richText: [{ text: 'ri' }, { font: { bold: true }, text: 'ch' }] }]);
    sheet.addRow([{ formula: 'A3&"x"', result: 'by formula' }, new Date()]);
    await workbook.xlsx.writeFile(path);

    const { encoding, rows } = await readTable(path);
    expect(encoding).toBeUndefined();
    expect(await Array.fromAsync(rows)).toEqual([
      { number: 1, cells: ['username', 'password'] },
      { number: 3, cells: ['13800138000', 'rich'] },
      { number: 4, cells: ['by formula', { problem: expect.stringContaining('is a date') }] },
    ]);
  });

  test('that is cut off is refused', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'users.xlsx');
    const workbook = new excel.Workbook();
    workbook.addWorksheet('users').addRow(['username']);
    const bytes = new Uint8Array(await workbook.xlsx.writeBuffer());
    await Bun.write(path, bytes.subarray(0, bytes.length / 2));
    expect(Array.fromAsync((await readTable(path)).rows)).rejects.toThrow(/cannot be read as a workbook/);
  });

  test('of the old kind is refused in words', async () => {
    expect(readBytes([0xd0, 0xcf, 0x11, 0xe0])).rejects.toThrow(/Save it as \.xlsx or CSV/);
  });

  test('has no text for cells that Excel has changed or could not work out', () => {
    expect(cellOf({ formula: '1/0' })).toHaveProperty('problem');
    expect(cellOf({ error: '#N/A' })).toHaveProperty('problem');
    expect(cellOf(1.2345678901234567e19)).toHaveProperty('problem');
    expect(cellOf({ formula: 'A1', result: 5 })).toBe('5');
    expect(cellOf({ text: 'mail', hyperlink: 'mailto:x' })).toBe('mail');
    expect(cellOf(true)).toBe('TRUE');
    expect(cellOf(null)).toBe('');
  });
});
