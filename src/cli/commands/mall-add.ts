import { InvalidArgumentError } from 'commander';
import { addMall } from '../../services/mall/add-mall.ts';
import { formatBytes, parseBytes } from '../bytes.ts';
import { type AddCommand, examples, JSON_OPTION, report } from '../command.ts';

interface Options {
  readonly quota?: number;
  readonly json?: boolean;
}

export const mallAdd: AddCommand = (parent, cli) => {
  parent
    .command('add')
    .description('add a mall')
    .argument('<name>')
    .option(
      '--quota <size>',
      'most bytes that it may keep, such as 10GiB; without it there is no limit',
      size,
    )
    .option(...JSON_OPTION)
    .addHelpText('after', examples('mall add Harbour', 'mall add "North Gate" --quota 10GiB'))
    .action(async (name: string, { quota, json }: Options) => {
      const db = await cli.database();
      const mall = await addMall({ db, via: 'cli' }, { name, quotaBytes: quota ?? null });
      const limit = mall.quotaBytes === null ? 'no quota' : `a quota of ${formatBytes(mall.quotaBytes)}`;
      report(cli, json, { id: mall.id, name: mall.name, quotaBytes: mall.quotaBytes }, [
        `Added mall ${mall.name} with id ${mall.id} and ${limit}.`,
      ]);
    });
};

function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new InvalidArgumentError('It must be a size such as 500MB or 10GiB.');
  return bytes;
}
