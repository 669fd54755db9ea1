import { setPassword } from '../../services/account/set-password.ts';
import { findUserByName } from '../../services/account/user-rules.ts';
import { type AddCommand, examples, JSON_OPTION, report } from '../command.ts';
import { chosenPassword, PASSWORD_OPTION, passwordLines } from '../password.ts';

interface Options {
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export const userPassword: AddCommand = (parent, cli) => {
  parent
    .command('password')
    .description('give a user another password, which must be changed at the next login')
    .argument('<name>')
    .option(...PASSWORD_OPTION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples('user password alice', 'user password alice --password-stdin < password.txt'),
    )
    .action(async (name: string, { passwordStdin, json }: Options) => {
      const { password, generated } = await chosenPassword(cli, passwordStdin);
      const services = await cli.accounts();
      const user = await setPassword(services, { user: await findUserByName(services, name), password });
      report(cli, json, { id: user.id, username: user.username, ...(generated && { password }) }, [
        `${user.username} has another password, and all their sessions have ended.`,
        ...passwordLines(generated ? password : undefined),
      ]);
    });
};
