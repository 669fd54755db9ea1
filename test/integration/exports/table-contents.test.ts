import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import postgres from 'postgres';
import { type ExternalPostgres, findPostgres, startPostgres } from '../../support/postgres.ts';
import { missing } from '../../support/services.ts';
import {
  checkZip,
  findLibreOffice,
  findPython,
  type ReadCell,
  type ReadSheets,
  readWithExceljs,
  readWithLibreOffice,
  readWithOpenpyxl,
} from '../../support/spreadsheet-readers.ts';
import { columnsOf, tableSpec, writeTableFile } from '../../support/tables.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const TEXTS = [
  "=cmd|' /C calc'!A0",
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '_x0041_',
  '_x005F_x0041_',
  'IMG_x_1.jpg',
  '😀 中文 עברית',
  '\u0001\u0008\u001f\u007f\u0085',
  '\ufffe\uffff',
  'a\nb\r\nc\rd',
  ' two spaces  ',
  '"quoted", and; <b>&amp;</b>',
  '007',
  '12345678901234567890',
  '2026-11-22',
  'TRUE',
  '\\N',
  'NULL',
  "'",
];

const readers: readonly (readonly [string, unknown, (path: string) => Promise<ReadSheets>])[] = [
  ['exceljs', true, readWithExceljs],
  ['openpyxl', findPython('openpyxl'), readWithOpenpyxl],
];

describe.skipIf(missing('PostgreSQL', findPostgres()))('an exported table', () => {
  let server: ExternalPostgres;
  let sql: postgres.Sql;
  let address: string;
  beforeAll(async () => {
    server = await startPostgres();
    address = await server.createDatabase();
    sql = postgres(address, { max: 1, onnotice: () => {} });
    await sql`create table texts (id int primary key, value text)`;
    for (const [id, value] of TEXTS.entries()) await sql`insert into texts values (${id}, ${value})`;
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  for (const [name, found, read] of readers) {
    describe.skipIf(missing(name, found))(`read with ${name}`, () => {
      test('has every text as it is, none a formula', async () => {
        await using directory = await temporaryDirectory();
        const path = join(directory.path, 'table.xlsx');
        const columns = columnsOf({ id: 'integer', value: 'text' });
        await writeTableFile(
          path,
          tableSpec({ address, select: 'select * from texts order by id', columns }),
        );
        expect(await checkZip(path)).toBe('None');
        const { Rows: rows = [] } = await read(path);
        expect(rows[0]).toEqual(['id', 'value']);
        expect(rows.slice(1).map(([, value]) => value)).toEqual(TEXTS);
      });

      test('has numbers, days, instants and yes or no as such', async () => {
        await using directory = await temporaryDirectory();
        const path = join(directory.path, 'table.xlsx');
        const select = `select * from (values
          (1, 15, -2.5::numeric, true, timestamptz '2026-03-29 00:59:59.5+00', date '2026-11-22'),
          (2, 999999999999999, 1e300::numeric, false, '2026-03-29 01:00:00+00', '1900-03-01'),
          (3, 9007199254740993, 'NaN', null, '0001-01-01 00:00:00+00', '1900-02-28'),
          (4, null, 'Infinity', null, 'infinity', '9999-12-31')) as v (id, size, price, public, at, day) order by id`;
        const columns = columnsOf({
          size: 'bytes',
          price: 'decimal',
          public: 'boolean',
          at: 'instant',
          day: 'day',
        });
        await writeTableFile(path, tableSpec({ address, select, columns, timeZone: 'Europe/Berlin' }));
        const { Rows: rows = [] } = await read(path);
        expect(rows.slice(1)).toEqual([
          [15, -2.5, true, '2026-03-29T01:59:59.500', '2026-11-22T00:00:00.000'],
          [999999999999999, expect.anything(), false, '2026-03-29T03:00:00.000', '1900-03-01T00:00:00.000'],
          ['9007199254740993', 'NaN', null, expect.stringContaining('0001-01-01'), '1900-02-28'],
          [null, 'Infinity', null, 'infinity', '9999-12-31T00:00:00.000'],
        ] as ReadCell[][]);
      });

      test('has totals and what it is on sheets of their own', async () => {
        await using directory = await temporaryDirectory();
        const path = join(directory.path, 'table.xlsx');
        const columns = columnsOf({ id: 'integer', value: 'text' });
        const written = await writeTableFile(
          path,
          tableSpec({
            address,
            select: "select id, repeat('中', 40000) as value from texts order by id limit 2",
            columns,
            sheetName: 'All/rows',
            extraSheets: [
              {
                name: 'Totals',
                columns: columnsOf({ n: 'integer' }),
                select: 'select count(*) as n from texts',
              },
            ],
          }),
        );
        const sheets = await read(path);
        expect(Object.keys(sheets)).toEqual(['All rows', 'Totals', 'About']);
        expect(sheets['All rows']?.[1]?.[1]).toBe(`${'中'.repeat(32_766)}…`);
        expect(sheets.Totals).toEqual([['n'], [TEXTS.length]]);
        expect(sheets.About?.[0]).toEqual(['Rows', 2]);
        expect(sheets.About?.[1]).toEqual(['SHA-256', written.sha256]);
        expect(sheets.About?.[3]).toEqual(['Cut', 2]);
      });
    });
  }

  test.skipIf(missing('LibreOffice', findLibreOffice()))('opens in LibreOffice with every text', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'table.xlsx');
    const columns = columnsOf({ id: 'integer', value: 'text' });
    // It has no control characters in its cells, and one kind of line end.
    const select = String.raw`select id, value from texts where value !~ '[\u0001-\u001f\u007f-\u009f\ufffe\uffff]' order by id`;
    await writeTableFile(path, tableSpec({ address, select, columns }));
    const rows = parse(await readWithLibreOffice(path), { from_line: 2 }) as string[][];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those that were left out.
    const expected = TEXTS.filter((text) => !/[\u0001-\u001f\u007f-\u009f\ufffe\uffff]/.test(text));
    expect(expected.length).toBeGreaterThan(12);
    expect(rows.map(([, value]) => value)).toEqual(expected);
  });

  test('is CSV that a reader takes apart, with an apostrophe before what could be a formula', async () => {
    await using directory = await temporaryDirectory();
    const [csv, xlsx] = [join(directory.path, 'table.csv'), join(directory.path, 'table.xlsx')];
    const spec = tableSpec({
      address,
      select: 'select id, value from texts order by id',
      columns: columnsOf({ id: 'integer', value: 'text' }),
    });
    const written = await writeTableFile(csv, { ...spec, format: 'CSV' });
    const bytes = await readFile(csv);
    expect(written).toMatchObject({ rows: TEXTS.length, bytes: bytes.byteLength });
    expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
    const rows = parse(bytes, { bom: true, record_delimiter: '\r\n', from_line: 2 }) as string[][];
    expect(rows.map(([, value]) => value)).toEqual(
      TEXTS.map((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)),
    );
    expect((await writeTableFile(xlsx, spec)).sha256).toBe(written.sha256);
  });

  test('says of its rows the digest that COPY of them has', async () => {
    await using directory = await temporaryDirectory();
    const { sha256 } = await writeTableFile(
      join(directory.path, 'table.xlsx'),
      tableSpec({
        address,
        select: "select 1 as a, 'x' || chr(9) as b",
        columns: columnsOf({ a: 'integer', b: 'text' }),
      }),
    );
    expect(sha256).toBe(new Bun.CryptoHasher('sha256').update('1\tx\\t\n').digest('hex'));
  });

  test('goes on in the next sheet where one is full', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'table.xlsx');
    const written = await writeTableFile(
      path,
      tableSpec({
        address,
        select: 'select n from generate_series(1, 1048577) as n',
        columns: columnsOf({ n: 'integer' }),
      }),
    );
    expect(written.rows).toBe(1_048_577);
    const unzip = async (part: string) =>
      await new Response(Bun.spawn(['unzip', '-p', path, part]).stdout).text();
    const [first, second, book] = await Promise.all(
      ['xl/worksheets/sheet1.xml', 'xl/worksheets/sheet2.xml', 'xl/workbook.xml'].map(unzip),
    );
    const last = /<row r="1048576"><c r="A1048576" s="\d+"><v>1048575<\/v><\/c><\/row><\/sheetData>/;
    expect(first?.slice(-2000)).toMatch(last);
    expect(second).toMatch(/<row r="2"><c r="A2" s="\d+"><v>1048576<\/v><\/c><\/row><row r="3">/);
    expect(second).toContain('ref="A1:A3"');
    expect([...(book ?? '').matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      'Rows',
      'Rows (2)',
      'About',
    ]);
  }, 60_000);
});
