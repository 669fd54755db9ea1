import { Command, CommanderError } from 'commander';
import type { AddCommand, Cli } from './command.ts';
import { doctor } from './commands/doctor.ts';
import { exportReport } from './commands/export.ts';
import { importLegacy } from './commands/import-legacy.ts';
import { mallAdd } from './commands/mall-add.ts';
import { mallList } from './commands/mall-list.ts';
import { migrate } from './commands/migrate.ts';
import { newApi } from './commands/new-api.ts';
import { serve } from './commands/serve.ts';
import { sweep } from './commands/sweep.ts';
import { userAdd } from './commands/user-add.ts';
import { userDisable, userEnable } from './commands/user-disable.ts';
import { userImport } from './commands/user-import.ts';
import { userPassword } from './commands/user-password.ts';
import { verify } from './commands/verify.ts';
import { errorLine } from './error-line.ts';

/** Exit codes. */
const OK = 0;
const FAILED = 1;
const USAGE = 2;

const COMMANDS: readonly AddCommand[] = [serve, migrate, exportReport, sweep, verify, doctor, importLegacy];
const GROUPS: readonly (readonly [name: string, description: string, commands: readonly AddCommand[]])[] = [
  ['user', 'the accounts', [userAdd, userDisable, userEnable, userPassword, userImport]],
  ['mall', 'the malls', [mallAdd, mallList]],
  ['new', 'projects of your own', [newApi]],
];

/**
 * Runs the command that the arguments name.
 * @param args without the program's own name.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage.
 */
export async function runProgram(args: readonly string[], cli: Cli): Promise<number> {
  try {
    await program(cli).parseAsync(args, { from: 'user' });
    return OK;
  } catch (error) {
    // Commander has told already what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === OK ? OK : USAGE;
    cli.note(`stockroom: ${errorLine(error)}`);
    return FAILED;
  }
}

function program(cli: Cli): Command {
  const root = new Command('stockroom')
    .usage('<command>')
    .description('Runs and looks after a Stockroom. The environment configures it as it does the server.')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `stockroom: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s+/g, ' ')} (--help tells more)\n`,
        ),
    })
    .helpCommand(false)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage.\n');
  for (const add of COMMANDS) add(root, cli);
  for (const [name, description, commands] of GROUPS) {
    const group = root.command(name).description(description).usage('<command>').helpCommand(false);
    for (const add of commands) add(group, cli);
  }
  return root;
}
