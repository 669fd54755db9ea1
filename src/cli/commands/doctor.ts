import { type AddCommand, CommandFailure, examples, JSON_OPTION } from '../command.ts';
import type { Finding } from '../doctor.ts';

const SIGNS = { fine: '✓', warning: '!', failed: '✗' } as const;

export const doctor: AddCommand = (parent, cli) => {
  parent
    .command('doctor')
    .description('look at the configuration and at all that the server needs, and say what to do')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('doctor'))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const findings: Finding[] = [];
      for await (const finding of cli.examine()) {
        findings.push(finding);
        const { name, state, found, advice } = finding;
        if (json) continue;
        cli.print(`${SIGNS[state]} ${name}: ${found}`);
        if (advice !== undefined) cli.print(`    ${advice}`);
      }
      if (json) cli.print(JSON.stringify(findings));
      const failed = findings.filter(({ state }) => state === 'failed').length;
      if (failed > 0)
        throw new CommandFailure(failed === 1 ? 'one thing is wrong' : `${failed} things are wrong`);
    });
};
