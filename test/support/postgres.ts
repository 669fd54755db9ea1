import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { freePort } from './ports.ts';
import { descendants } from './processes.ts';
import { until } from './temporary.ts';

/** A PostgreSQL of the machine's packages, started for one test file. */
export interface ExternalPostgres extends AsyncDisposable {
  readonly pid: number;
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Ends the server as a crash does, and starts it again on its port when `meanwhile` is over. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  /** Stops all its processes as they are (SIGSTOP): connections stay, and nothing answers. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Directory of the newest server binaries of the machine, or undefined. */
export function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  const newest = versions
    .filter((version) => existsSync(join(root, version, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a))[0];
  if (newest) return join(root, newest, 'bin');
  const inPath = Bun.which('initdb');
  return inPath ? join(inPath, '..') : undefined;
}

export async function startPostgres(settings: readonly string[] = []): Promise<ExternalPostgres> {
  const binaries = findPostgres();
  if (!binaries) throw new Error('PostgreSQL is not on this machine');
  const directory = await mkdtemp(join(tmpdir(), 'stockroom-pg-'));
  const data = join(directory, 'data');
  const initdb = Bun.spawnSync(
    asUser([join(binaries, 'initdb'), '-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
    { stdout: 'pipe', stderr: 'pipe' },
  );
  if (initdb.exitCode !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  const port = await freePort();
  const options = [
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    directory,
    ...settings.flatMap((s) => ['-c', s]),
  ];
  const launch = () =>
    Bun.spawn(asUser([join(binaries, 'postgres'), '-D', data, ...options]), {
      stdout: 'ignore',
      stderr: Bun.file(join(directory, 'log')),
    });
  let server = launch();
  const url = (database: string) => `postgres://tester@127.0.0.1:${port}/${database}`;
  const admin = postgres(url('postgres'), { max: 1, onnotice: () => {} });
  const answers = () =>
    until(
      'PostgreSQL to answer',
      () =>
        admin`select 1`.then(
          () => true,
          () => undefined,
        ),
      30_000,
    );
  await answers();

  let databases = 0;
  const stop = async () => {
    await admin.end({ timeout: 1 });
    server.kill('SIGQUIT');
    await server.exited;
    await rm(directory, { recursive: true, force: true });
  };
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of descendants(server.pid)) process.kill(pid, name);
  };
  return {
    get pid() {
      return server.pid;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart(meanwhile) {
      server.kill('SIGQUIT');
      await server.exited;
      try {
        await meanwhile();
      } finally {
        server = launch();
        await answers();
      }
    },
    async createDatabase() {
      const name = `test_${++databases}`;
      await admin.unsafe(`create database ${name}`);
      return url(name);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** PostgreSQL refuses to run as root, which containers are: a user namespace gives it another user id. */
function asUser(command: string[]): string[] {
  return process.getuid?.() === 0
    ? ['unshare', '-U', '--map-user=1000', '--map-group=1000', ...command]
    : command;
}
