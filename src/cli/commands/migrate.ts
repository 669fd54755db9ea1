import { type AddCommand, JSON_OPTION, report } from '../command.ts';

export const migrate: AddCommand = (parent, cli) => {
  parent
    .command('migrate')
    .description('bring the database to the state that this release needs; the server does so at each start')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      await cli.database();
      report(cli, json, { migrated: true }, ['The database is as this release needs it.']);
    });
};
