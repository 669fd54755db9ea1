import { addUser } from '../../services/account/add-user.ts';
import { type AddCommand, examples, JSON_OPTION, report } from '../command.ts';
import { chosenPassword, PASSWORD_OPTION, passwordLines } from '../password.ts';

interface Options {
  readonly admin?: boolean;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

export const userAdd: AddCommand = (parent, cli) => {
  parent
    .command('add')
    .description('add a user, who must change the password at the first login')
    .argument('<name>', 'what the user logs in as')
    .option('--admin', 'make an administrator, who may do everything')
    .option(...PASSWORD_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples('user add alice', 'user add bob --admin --password-stdin < password.txt'))
    .action(async (name: string, { admin, passwordStdin, json }: Options) => {
      const { password, generated } = await chosenPassword(cli, passwordStdin);
      const services = await cli.accounts();
      const user = await addUser(services, { username: name, password, role: admin ? 'ADMIN' : 'MEMBER' });
      report(
        cli,
        json,
        { id: user.id, username: user.username, role: user.role, ...(generated && { password }) },
        [
          `Added ${user.role === 'ADMIN' ? 'administrator' : 'user'} ${user.username} with id ${user.id}.`,
          ...passwordLines(generated ? password : undefined),
        ],
      );
    });
};
