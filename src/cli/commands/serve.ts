import type { AddCommand } from '../command.ts';

export const serve: AddCommand = (parent, cli) => {
  parent
    .command('serve')
    .description('run the server, as bun start does')
    .action(() => cli.serve());
};
