import { Option } from 'commander';
import { CSV_ENCODINGS, type CsvEncoding } from '../../adapters/spreadsheet/read-csv.ts';
import { readTable } from '../../adapters/spreadsheet/read-table.ts';
import {
  type ImportReport,
  importLegacy as runImport,
} from '../../services/material/import-legacy/import-legacy.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly encoding?: CsvEncoding;
  readonly json?: boolean;
}

/** Files without a row that are named one by one. */
const FILES_SHOWN = 100;

const COLUMNS = `
The first row names the columns, in any order:
  base_path        of the file below <dir>, and in its address: /mall/2024-05-01/….jpg
  mall_id          the mall's number; malls that are not there are made; empty or 0: a site file
  origin_filename  optional: the name that it came with
  size             optional: bytes, compared with the file's
  created_at       optional, or create_time: a time of TIME_ZONE, or seconds since 1970
Other columns are passed over: what the bytes tell is read off them. The file of base_path keeps the
address /files<base_path>. What is there already is passed over, so an import can be broken off and repeated.
`;

export const importLegacy: AddCommand = (parent, cli) => {
  parent
    .command('import-legacy')
    .description("take over the old system's material table and the files that it points at")
    .argument('<table>', '.csv or .xlsx')
    .argument('<dir>', 'where the files are')
    .option('--dry-run', 'only look which files are there, and tell what would be done')
    .addOption(
      new Option('--encoding <name>', 'of a CSV file; found out by default').choices([...CSV_ENCODINGS]),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', COLUMNS)
    .addHelpText(
      'after',
      examples(
        'import-legacy material_info.csv /srv/upload --dry-run',
        'import-legacy material_info.csv /srv/upload',
      ),
    )
    .action(async (path: string, directory: string, { dryRun = false, encoding, json }: Options) => {
      const options = encoding === undefined ? {} : { encoding };
      let total = -1;
      for await (const _ of (await readTable(path, options)).rows) total++;
      const { services, timeZone } = await cli.importing();
      const bar = cli.progress('Importing');
      const onProgress = (rows: number) => bar.show(rows, total);
      const table = await readTable(path, options);
      const result = await runImport(services, table.rows, {
        directory,
        timeZone,
        dryRun,
        onProgress,
      }).finally(() => bar.clear());
      report(cli, json, { dryRun, ...result }, linesOf(result, dryRun));
      const failed = result.mismatches.length;
      if (failed > 0) throw new CommandFailure(`${failed} of ${result.rows} rows were not imported`);
    });
};

function linesOf(result: ImportReport, dryRun: boolean): string[] {
  const { rows, imported, alreadyThere, madeMalls, mismatches, otherSizes, filesWithoutRow } = result;
  const more = filesWithoutRow.length - FILES_SHOWN;
  return [
    ...mismatches.map(({ row, basePath, reason }) => `row ${row}: ${shown(basePath)}: ${reason}`),
    ...otherSizes.map(
      ({ row, basePath, size, expected }) =>
        `row ${row}: ${shown(basePath)} has ${size} bytes; the table says ${expected}`,
    ),
    ...filesWithoutRow.slice(0, FILES_SHOWN).map((path) => `no row: ${shown(path)}`),
    ...(more > 0 ? [`no row: ${more} more files (--json has all)`] : []),
    ...(madeMalls.length > 0 ? [`Made the malls ${madeMalls.join(', ')}`] : []),
    `${rows} rows: ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${alreadyThere} there already, ${mismatches.length} not imported; ${filesWithoutRow.length} files without a row`,
  ];
}

/** A name may hold anything, and goes to a terminal. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}
