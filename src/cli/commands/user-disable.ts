import { setUserDisabled } from '../../services/account/set-user-disabled.ts';
import { findUserByName } from '../../services/account/user-rules.ts';
import { type AddCommand, examples, JSON_OPTION, report } from '../command.ts';

export const userDisable: AddCommand = command('disable', {
  description: 'end what a user is logged in to, and let them log in no more',
  disabled: true,
});

export const userEnable: AddCommand = command('enable', {
  description: 'let a disabled user log in again',
  disabled: false,
});

function command(
  verb: 'disable' | 'enable',
  { description, disabled }: { readonly description: string; readonly disabled: boolean },
): AddCommand {
  return (parent, cli) => {
    parent
      .command(verb)
      .description(description)
      .argument('<name>')
      .option(...JSON_OPTION)
      .addHelpText('after', examples(`user ${verb} alice`))
      .action(async (name: string, { json }: { json?: boolean }) => {
        const services = await cli.accounts();
        const found = await findUserByName(services, name);
        const user = await setUserDisabled(services, { userId: found.id, disabled });
        report(cli, json, { id: user.id, username: user.username, disabled: user.disabledAt !== null }, [
          disabled
            ? `${user.username} cannot log in any more, and all their sessions have ended.`
            : `${user.username} can log in.`,
        ]);
      });
  };
}
