import { generatePassword } from '../services/account/user-rules.ts';
import { type Cli, CommandFailure } from './command.ts';

export const PASSWORD_OPTION = [
  '--password-stdin',
  'read the password from the first line of standard input; else one is made up and shown',
] as const;

/** @throws CommandFailure when standard input holds none. */
export async function chosenPassword(
  cli: Cli,
  fromInput: boolean | undefined,
): Promise<{ readonly password: string; readonly generated: boolean }> {
  if (!fromInput) return { password: generatePassword(), generated: true };
  const password = await cli.readLine();
  if (password === '') throw new CommandFailure('There is no password on standard input.');
  return { password, generated: false };
}

/** What is told of a password that was made up. */
export function passwordLines(generated: string | undefined): string[] {
  const lines = ['It must be changed at the next login.'];
  return generated === undefined
    ? [`The password was taken from standard input. ${lines[0]}`]
    : [`Password: ${generated}`, `It is shown only now. ${lines[0]}`];
}
