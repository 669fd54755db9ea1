import { checkArchive, restore as runRestore } from '../../services/backup/restore.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, examples, JSON_OPTION, report } from '../command.ts';

const HELP = `
It goes into whatever the environment configures, so it also moves a Stockroom to a DATABASE_URL or to S3. No server may
run there, and nothing may be there yet but the first administrator and the first mall, which the archive's replace. The
archive is read and checked wholly before anything is written, and what was restored shows all at once. A restore that
was broken off can be repeated.
`;

export const restore: AddCommand = (parent, cli) => {
  parent
    .command('restore')
    .description('fill an empty Stockroom from an archive that backup made')
    .argument('<archive>', 'the .tar file')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .addHelpText('after', examples('restore stockroom.tar'))
    .action(async (path: string, { json }: { readonly json?: boolean }) => {
      await checkArchive(path);
      const services = await cli.restoring();
      const bar = cli.progress('Restoring');
      const onProgress = bar.show.bind(bar);
      const restored = await runRestore(services, path, { onProgress }).finally(() => bar.clear());
      const { rows, files, bytes, createdAt } = restored;
      report(cli, json, restored, [
        `Restored ${rows} rows and ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}, of ${createdAt}`,
      ]);
    });
};
