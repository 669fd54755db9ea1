import { once } from 'node:events';
import { writeArchiveFile } from '../../adapters/archive/archive-file.ts';
import type { Sink } from '../../adapters/archive/write-archive.ts';
import { backUp } from '../../services/backup/back-up.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

const packageFile = new URL('../../../package.json', import.meta.url);

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
The archive is a plain tar with all rows and files as they were at one instant; servers go on working. It has no
sessions (everybody logs in again), no counts of failed logins, no finished reports, and nothing that was still to be
told to webhooks. It has password hashes and the secrets of links and webhooks: keep it as safe as the server itself.
Only its owner may read the file that is made.
`;

export const backup: AddCommand = (parent, cli) => {
  parent
    .command('backup')
    .description('write all rows and files into one archive, beside a running server')
    .argument('<archive>', 'the .tar file to make, or - for standard output')
    .option('--force', 'replace a file that is there')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .addHelpText('after', examples('backup stockroom.tar', 'backup - | gzip > stockroom.tar.gz'))
    .action(async (path: string, { force = false, json }: Options) => {
      const toOutput = path === '-';
      if (toOutput && json) throw new CommandFailure('--json needs standard output, where the archive goes');
      const { services } = await cli.sweeping();
      const { version } = (await Bun.file(packageFile).json()) as { version: string };
      const bar = cli.progress('Backing up');
      const options = { release: version, onProgress: bar.show.bind(bar) };
      const write = (sink: Sink) => backUp(services, sink, options);
      const written = await (toOutput ? write(standardOutput) : writeArchiveFile(path, force, write)).finally(
        () => bar.clear(),
      );
      if (toOutput) return;
      const { rows, files, bytes } = written;
      report(cli, json, written, [
        `Wrote ${path}: ${rows} rows and ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`,
      ]);
    });
};

const standardOutput: Sink = {
  async write(bytes) {
    // The memory may be used again once this is over.
    if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
  },
};
