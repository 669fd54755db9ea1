import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

const TEMPLATE = resolve(import.meta.dir, '../../../templates/api');
/** What the template is called in its files. */
const TEMPLATE_NAME = 'new-api';
/** Kept under other names, so that tools take them for none of this project's own. */
const RENAMED = {
  '_package.json': 'package.json',
  '_tsconfig.json': 'tsconfig.json',
  '_biome.json': 'biome.json',
  _gitignore: '.gitignore',
};
const NAMED = ['package.json', 'README.md', 'bun.lock'];
/** As npm's rules for names of packages have it, without scopes. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,100}$/;

export const newApi: AddCommand = (parent, cli) => {
  parent
    .command('api')
    .description('begin a project of your own: a small GraphQL server with login, upload and an Excel report')
    .argument('<name>', 'of the package: lower-case letters, digits, . _ -')
    .argument('<dir>', 'where it goes; it must not exist, or be empty')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('new api first "$HOME/my-first-server"'))
    .action(async (name: string, dir: string, { json }: { readonly json?: boolean }) => {
      if (!NAME.test(name)) {
        throw new CommandFailure(
          `${JSON.stringify(name)} is no name for a package: it needs lower-case letters, digits, . _ or -`,
        );
      }
      const target = resolve(dir);
      await createProject(name, target);
      report(cli, json, { name, directory: target }, [
        `Made ${name} in ${target}. Next:`,
        `  cd ${shellQuoted(target)}`,
        '  bun start',
        '  bun run test',
      ]);
    });
};

/** All of it, or nothing: it is made beside its place and moved there at the end. @throws CommandFailure */
async function createProject(name: string, target: string): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await cp(TEMPLATE, temporary, {
      recursive: true,
      filter: (path) => !['node_modules', 'data'].includes(basename(path)),
    });
    for (const [from, to] of Object.entries(RENAMED))
      await rename(join(temporary, from), join(temporary, to));
    for (const file of NAMED) {
      const path = join(temporary, file);
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll(TEMPLATE_NAME, name));
    }
    await chmod(join(temporary, '.ci/run'), 0o755);
    // Takes the place of an empty directory, and fails for any other.
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw new CommandFailure(`${target} cannot be made: ${reason(error, target)}`);
  }
}

function reason(error: unknown, target: string): string {
  if (existsSync(target)) return 'there is something already';
  return error instanceof Error ? error.message : String(error);
}

function shellQuoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
