import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { ExportFormat } from '../../adapters/db/schema.ts';
import { dayIn, timestampName } from '../../lib/dates.ts';
import { isTimeZoneName } from '../../lib/times.ts';
import { reportNames } from '../../services/export/find-report.ts';
import { parseReportRequest } from '../../services/export/parse-request.ts';
import { writeReport } from '../../services/export/write-report.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report as tell } from '../command.ts';

interface Options {
  readonly format?: Lowercase<ExportFormat>;
  readonly start?: string;
  readonly end?: string;
  readonly mall?: string;
  readonly timeZone?: string;
  readonly lang?: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly out?: string;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** How often the file is written to, bytes. */
const BATCH_BYTES = 256 * 1024;

export const exportReport: AddCommand = (parent, cli) => {
  parent
    .command('export')
    .description('write a report to a file, with everything in it')
    .argument('<report>', 'its name, such as materials; a wrong one tells which there are')
    .addOption(
      new Option('--format <format>', "by default that of --out's extension, else xlsx").choices([
        'xlsx',
        'csv',
      ]),
    )
    .option('--start <time>', `a day or an instant; by default ${DEFAULT_DAYS} days up to today`)
    .option('--end <time>', 'a day, which is included, or an instant; by default today')
    .option('--mall <id>', 'one mall; by default all')
    .option('--time-zone <name>', 'such as Asia/Shanghai; by default TIME_ZONE')
    .option('--lang <language>', 'en or zh; by default en')
    .option('--filter <name=value>', 'a filter of the report; may be given more than once', addFilter, {})
    .option('--out <path>', 'a file that is not there yet, or a directory; by default the present one')
    .option(...JSON_OPTION)
    .addHelpText('after', '\nIn a directory the file is named by the time: <YYYYMMDDHHmmss-ffffff>.xlsx\n')
    .addHelpText(
      'after',
      examples(
        'export materials',
        'export materials --start 2026-11-01 --end 2026-11-30 --mall 1 --out november.csv',
      ),
    )
    .action(async (name: string, options: Options) => {
      if (!(await reportNames()).includes(name)) {
        throw new CommandFailure(`there is no report ${name}, but ${(await reportNames()).join(', ')}`);
      }
      const ctx = await cli.exporting();
      const format = formatOf(options);
      const path = await pathOf(options.out, format, ctx.timeZone);
      const request = await parseReportRequest(ctx, {
        report: name,
        format,
        values: valuesOf(options, ctx.timeZone),
      });
      const bar = cli.progress('Rows');
      const facts = await writeWhole(path, (sink) =>
        writeReport(ctx, request, sink, {
          operator: true,
          onProgress: ({ rows, total }) => bar.show(rows, Math.max(rows, total ?? rows)),
        }),
      ).finally(() => bar.clear());
      tell(cli, options.json, { path, ...facts }, [
        `Wrote ${facts.rows.toLocaleString('en')} rows, ${formatBytes(facts.bytes)}, to ${path}`,
      ]);
    });
};

function addFilter(text: string, filters: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.');
  return { ...filters, [name]: value };
}

function formatOf({ format, out }: Options): ExportFormat {
  const wanted = format ?? (out !== undefined && extname(out) === '.csv' ? 'csv' : 'xlsx');
  return wanted === 'csv' ? 'CSV' : 'XLSX';
}

function valuesOf(
  { filter, start, end, mall, timeZone, lang }: Options,
  ownTimeZone: string,
): Record<string, string> {
  // A wrong zone is told later, in the words of all wrong values.
  const zone = timeZone !== undefined && isTimeZoneName(timeZone) ? timeZone : ownTimeZone;
  const now = Date.now();
  return {
    ...filter,
    startTime: start ?? dayIn(zone, new Date(now - (DEFAULT_DAYS - 1) * DAY_MS)),
    endTime: end ?? dayIn(zone, new Date(now)),
    ...(mall === undefined ? {} : { mallId: mall }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(lang === undefined ? {} : { lang }),
  };
}

/** @throws CommandFailure when there is a file already. */
async function pathOf(out: string | undefined, format: ExportFormat, timeZone: string): Promise<string> {
  const path = resolve(out ?? '.');
  const isDirectory = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, `${timestampName(timeZone)}.${format.toLowerCase()}`) : path;
  if (existsSync(file)) throw new CommandFailure(`${file} is there already`);
  if (!existsSync(dirname(file))) throw new CommandFailure(`there is no directory ${dirname(file)}`);
  return file;
}

/** The file comes under its name when it is whole; until then it has another beside it, and nothing of it stays. */
async function writeWhole<T>(
  path: string,
  write: (sink: (chunk: Uint8Array) => Promise<void> | void) => Promise<T>,
): Promise<T> {
  const partial = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  const removeNow = () => rmSync(partial, { force: true });
  // An interrupt ends the process before the report notices.
  process.on('exit', removeNow);
  const file = await open(partial, 'wx');
  try {
    const batch = new Batch(file);
    const result = await write((chunk) => batch.add(chunk));
    await batch.flush();
    await file.sync();
    await file.close();
    await rename(partial, path);
    return result;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  } finally {
    process.off('exit', removeNow);
  }
}

/** Few large writes. */
class Batch {
  readonly #file: FileHandle;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    return this.#bytes >= BATCH_BYTES ? this.flush() : undefined;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    for (let written = 0; written < bytes.byteLength; ) {
      const { bytesWritten } = await this.#file.write(bytes, written);
      written += bytesWritten;
    }
  }
}
