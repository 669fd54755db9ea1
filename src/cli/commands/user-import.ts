import { Option } from 'commander';
import { CSV_ENCODINGS, type CsvEncoding } from '../../adapters/spreadsheet/read-csv.ts';
import { readTable } from '../../adapters/spreadsheet/read-table.ts';
import { type ImportResult, importUsers } from '../../services/account/import/import-users.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

interface Options {
  readonly update?: boolean;
  readonly dryRun?: boolean;
  readonly encoding?: CsvEncoding;
  readonly json?: boolean;
}

const COLUMNS = `
The first row names the columns, in any order:
  username         what the user logs in as
  password         in plain text; to be changed at the first login
  password_digest  instead: the hex digest that another system kept, made as PASSWORD_LEGACY says
  user_id          optional: the id to keep, where it is free
  role             optional: ADMIN, or MEMBER, which is the default
  malls            optional: such as 1:EDITOR;2:VIEWER
  status           optional: 1 enabled, anything else disabled
With PASSWORD_LEGACY set, a password that is such a digest is taken for one.
`;

export const userImport: AddCommand = (parent, cli) => {
  parent
    .command('import')
    .description(
      'add the users of a CSV file or an Excel workbook; every row is checked before one is written',
    )
    .argument('<file>', '.csv or .xlsx')
    .option('--update', 'bring users that exist into line with the file; else they are skipped')
    .option('--dry-run', 'only check, and tell what would be done')
    .addOption(
      new Option('--encoding <name>', 'of a CSV file; found out by default').choices([...CSV_ENCODINGS]),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', COLUMNS)
    .addHelpText(
      'after',
      examples(
        'user import users.csv --dry-run',
        'user import auth_user.xlsx',
        'user import users.csv --update',
      ),
    )
    .action(async (file: string, { update = false, dryRun = false, encoding, json }: Options) => {
      const table = await readTable(file, encoding === undefined ? {} : { encoding });
      const services = await cli.accounts();
      const bar = cli.progress('Hashing passwords');
      const onProgress = (done: number, total: number) => bar.show(done, total);
      const result = await importUsers(services, table.rows, { update, dryRun, onProgress }).finally(() =>
        bar.clear(),
      );
      const told = { dryRun, encoding: table.encoding ?? null, ...result };
      report(cli, json, told, linesOf(result, { dryRun, encoding: table.encoding }));
      const { problems, written } = result;
      if (problems.length === 0) return;
      if (!json) for (const { row, message } of problems) cli.note(`row ${row}: ${message}`);
      const count =
        problems.length === 1 ? 'There is 1 problem' : `There are ${number(problems.length)} problems`;
      throw new CommandFailure(
        written ? `${count}; the other rows were written.` : `${count}; nothing was written.`,
      );
    });
};

function linesOf(
  { rows, written, added, updated, unchanged, skipped, notes, problems }: ImportResult,
  { dryRun, encoding }: { readonly dryRun: boolean; readonly encoding: string | undefined },
): string[] {
  const lines = notes.map(({ row, message }) => `row ${row}: ${message}`);
  lines.push(...skipped.map(({ row, username }) => `row ${row}: ${username} exists already; skipped.`));
  if (encoding !== undefined && encoding !== 'utf-8') lines.push(`The file was read as ${encoding}.`);
  if (problems.length > 0 && !written) return lines;
  const counts = [
    `${number(added)} added`,
    `${number(updated)} updated`,
    `${number(unchanged)} unchanged`,
    `${number(skipped.length)} skipped`,
  ];
  return [
    ...lines,
    `${number(rows)} rows: ${counts.join(', ')}${dryRun ? ' (dry run: nothing was written)' : ''}.`,
  ];
}

function number(value: number): string {
  return value.toLocaleString('en');
}
