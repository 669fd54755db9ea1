import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import excel from 'exceljs';
import { temporaryDirectory } from './temporary.ts';

/** A cell as a reader gives it: dates in ISO form of the clock they show. */
export type ReadCell = string | number | boolean | null;

/** Rows by the name of the sheet; each is as long as the reader finds it. */
export type ReadSheets = Readonly<Record<string, readonly (readonly ReadCell[])[]>>;

const DUMP = `
import datetime, json, sys, openpyxl
from openpyxl.utils.escape import unescape
def cell(c):
    v = c.value
    if isinstance(v, str): return ('FORMULA ' if c.data_type == 'f' else '') + unescape(v)
    if isinstance(v, (datetime.datetime, datetime.date)): return v.isoformat(timespec='milliseconds')
    return v
book = openpyxl.load_workbook(sys.argv[1])
json.dump({s.title: [[cell(c) for c in row] for row in s.iter_rows()] for s in book.worksheets}, sys.stdout)
`;
const CHECK_ZIP = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())';

/** A Python of the machine that can import the module, or undefined. */
export function findPython(module: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((python) => {
    if (!Bun.which(python)) return false;
    return Bun.spawnSync([python, '-c', `import ${module}`], { stderr: 'ignore' }).success;
  });
}

export function findLibreOffice(): string | undefined {
  return Bun.which('soffice') ?? undefined;
}

export async function readWithOpenpyxl(path: string): Promise<ReadSheets> {
  return JSON.parse(await output([findPython('openpyxl') ?? 'python3', '-c', DUMP, path])) as ReadSheets;
}

/** The name of the first entry that is damaged, or `None`. */
export async function checkZip(path: string): Promise<string> {
  return (await output([findPython('zipfile') ?? 'python3', '-c', CHECK_ZIP, path])).trim();
}

/** Values as shown, of the first sheet, as CSV. */
export async function readWithLibreOffice(path: string): Promise<string> {
  await using directory = await temporaryDirectory();
  const profile = pathToFileURL(join(directory.path, 'profile')).href;
  await output([
    findLibreOffice() ?? 'soffice',
    `-env:UserInstallation=${profile}`,
    '--headless',
    '--convert-to',
    'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false',
    '--outdir',
    directory.path,
    path,
  ]);
  const [name = ''] = await Array.fromAsync(new Bun.Glob('*.csv').scan(directory.path));
  return await Bun.file(join(directory.path, name)).text();
}

export async function readWithExceljs(path: string): Promise<ReadSheets> {
  const workbook = new excel.Workbook();
  await workbook.xlsx.readFile(path);
  return Object.fromEntries(
    // It counts them anew each time it is asked.
    workbook.worksheets
      .map((sheet) => [sheet, sheet.rowCount, sheet.columnCount] as const)
      .map(([sheet, rowCount, columnCount]) => [
        sheet.name,
        Array.from({ length: rowCount }, (_, row) =>
          Array.from({ length: columnCount }, (_, column) => {
            const { value } = sheet.getCell(row + 1, column + 1);
            if (value instanceof Date) return value.toISOString().replace('Z', '');
            if (value !== null && typeof value === 'object') return `FORMULA ${JSON.stringify(value)}`;
            // It decodes what cannot be in XML only in texts that cells share.
            return typeof value === 'string' ? unescapeText(value) : (value ?? null);
          }),
        ),
      ]),
  );
}

function unescapeText(text: string): string {
  return text.replace(/_x([0-9A-F]{4})_/g, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

async function output(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe' });
  const [text, problems] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command[0]} failed: ${problems}`);
  return text;
}
