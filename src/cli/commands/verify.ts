import { verifyFiles } from '../../services/verify/verify-files.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

const FAULTS = { missing: 'Missing', 'wrong-size': 'Wrong size', changed: 'Other bytes than came' } as const;

export const verify: AddCommand = (parent, cli) => {
  parent
    .command('verify')
    .description('read every stored file and compare its bytes with those that came')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('verify'))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { services } = await cli.sweeping();
      const verified = await verifyFiles(services);
      const { files, bytes, faults } = verified;
      report(cli, json, verified, [
        ...faults.map(({ storageKey, fault }) => `${FAULTS[fault]}: ${storageKey}`),
        `Read ${files} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`,
      ]);
      if (faults.length > 0)
        throw new CommandFailure(`${faults.length} of ${files} files are not as they came`);
    });
};
