import { listAllMalls } from '../../services/mall/list-all-malls.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, JSON_OPTION, report } from '../command.ts';

export const mallList: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the malls, with what they keep')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const malls = await listAllMalls({ db: await cli.database() });
      const rows = malls.map(({ id, name, usedBytes, quotaBytes }) => ({ id, name, usedBytes, quotaBytes }));
      report(cli, json, rows, [
        'id\tused\tquota\tname',
        ...rows.map(
          ({ id, name, usedBytes, quotaBytes }) =>
            `${id}\t${formatBytes(usedBytes)}\t${quotaBytes === null ? '-' : formatBytes(quotaBytes)}\t${name}`,
        ),
      ]);
    });
};
