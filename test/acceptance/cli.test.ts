import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { cliJson, runCli, spawnCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { freePort } from '../support/ports.ts';
import { embeddedDatabasePid, isAlive } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { ADMIN, type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const LOGIN = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }';

interface AddedUser {
  readonly id: number;
  readonly username: string;
  readonly role: string;
  readonly password: string;
}

async function codeOfLogin(url: string, username: string, password: string): Promise<string> {
  const answer = await new Client(url).graphql(LOGIN, { u: username, p: password });
  return answer.errors?.[0]?.extensions.code ?? 'OK';
}

/** Whether a client's session is alive. */
async function isLoggedIn(client: Client): Promise<boolean> {
  return (await client.data<{ me: unknown }>('{ me { id } }')).me !== null;
}

describe('the command line', () => {
  test.each([
    [['--help'], 'Commands:'],
    [['user', '--help'], 'import'],
    [['user', 'add', '--help'], 'Examples:\n  bun run stockroom user add alice'],
    [['user', 'import', '--help'], 'password_digest'],
  ])('shows the help of %p', async (args, text) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(stdout).toContain(text);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test.each([
    [['usr'], 'Did you mean user?'],
    [['user', 'add'], "missing required argument 'name'"],
    [['user', 'add', 'a', '--admn'], 'Did you mean --admin?'],
    [['mall', 'add', 'a', '--quota', 'much'], '10GiB'],
    [['user', 'import', 'x.csv', '--encoding', 'latin'], 'utf-8, gbk'],
  ])('tells in one line what is wrong with the arguments %p', async (args, text) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^stockroom: [^\n]+\n$/);
    expect(stderr).toContain(text);
  });

  test('tells in one line what is wrong with the environment, or missing', async () => {
    const port = await freePort();
    for (const env of [
      { DATA_DIR: '/dev/null/data' },
      { LOG_LEVEL: 'loud' },
      { DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none` },
    ]) {
      const { exitCode, stdout, stderr } = await runCli(['mall', 'list', '--json'], { env });
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^stockroom: [A-Z_]+[=:] ?[^\n]+\n$/);
    }
  });
});

describe('without a server', () => {
  test('commands start the embedded database and end it', async () => {
    await using directory = await temporaryDirectory();
    const env = { DATA_DIR: directory.path };
    expect(await cliJson<object>(['mall', 'add', 'Harbour', '--quota', '10GiB'], { env })).toEqual({
      id: 1,
      name: 'Harbour',
      quotaBytes: 10 * 2 ** 30,
    });
    expect(existsSync(`${directory.path}/db/postmaster.pid`)).toBe(false);
    expect(await cliJson<object>(['mall', 'list'], { env })).toEqual([
      { id: 1, name: 'Harbour', usedBytes: 0, quotaBytes: 10 * 2 ** 30 },
    ]);
    expect(await cliJson<object>(['migrate'], { env })).toEqual({ migrated: true });
    const listed = await runCli(['mall', 'list'], { env });
    expect(listed.stdout).toBe('id\tused\tquota\tname\n1\t0 B\t10 GiB\tHarbour\n');
  });

  test('users that are added before the first start do not take the place of the first administrator', async () => {
    await using directory = await temporaryDirectory();
    const env = { DATA_DIR: directory.path };
    const added = await cliJson<AddedUser>(['user', 'add', 'alice'], { env });
    await using server = await startStockroom({ dataDir: directory.path });
    expect(await codeOfLogin(server.url, 'alice', added.password)).toBe('OK');
    expect(await codeOfLogin(server.url, ADMIN.username, ADMIN.password)).toBe('OK');
  });

  test('a first administrator whose name a member has stops the start with one line', async () => {
    await using directory = await temporaryDirectory();
    await cliJson(['user', 'add', 'Admin'], { env: { DATA_DIR: directory.path } });
    const server = spawnStockroom({ DATA_DIR: directory.path });
    const errors = await new Response(server.stderr).text();
    expect(await server.exited).toBe(1);
    expect(errors).toMatch(/^stockroom: ADMIN_USERNAME=admin: [^\n]+\n$/);
  });

  test('commands at the same time share the database', async () => {
    await using directory = await temporaryDirectory();
    const env = { DATA_DIR: directory.path };
    const names = ['a', 'b', 'c', 'd'];
    const added = await Promise.all(names.map((name) => cliJson<AddedUser>(['user', 'add', name], { env })));
    expect(added.map(({ username }) => username)).toEqual(names);
    expect(existsSync(`${directory.path}/db/postmaster.pid`)).toBe(false);
  });

  test('a server that is started beside a command says who has the data, and an interrupt ends the database', async () => {
    await using directory = await temporaryDirectory();
    const env = { DATA_DIR: directory.path };
    await cliJson(['migrate'], { env });
    const file = `${directory.path}/users.csv`;
    const rows = Array.from({ length: 5000 }, (_, i) => `user${i},long password ${i}\n`);
    await Bun.write(file, `username,password\n${rows.join('')}`);
    const command = spawnCli(['user', 'import', file], env);
    const postgres = await until('the database of the command', () =>
      existsSync(`${directory.path}/db/postmaster.pid`) ? embeddedDatabasePid(directory.path) : undefined,
    );
    const server = spawnStockroom(env);
    const errors = await new Response(server.stderr).text();
    expect(await server.exited).toBe(1);
    expect(errors).toMatch(new RegExp(`^stockroom: [^\\n]+ in use by process ${command.pid}\\. [^\\n]+\\n$`));

    command.kill('SIGINT');
    expect(await command.exited).toBe(1);
    expect(await new Response(command.stderr).text()).toBe('stockroom: interrupted\n');
    await until('the database has ended', () => (isAlive(postgres) ? undefined : true));
  });

  test('serve runs the server', async () => {
    await using directory = await temporaryDirectory();
    const child = spawnCli(['serve'], { DATA_DIR: directory.path, PORT: '0' });
    let output = '';
    for await (const chunk of child.stdout) {
      output += new TextDecoder().decode(chunk);
      if (output.includes('/healthz')) break;
    }
    const url = /^Health +(\S+)$/m.exec(output)?.[1] ?? '';
    expect((await fetch(url)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  });
});

describeEachDatabase('beside a running server', (fresh) => {
  let server: StockroomServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    const database = await fresh();
    server = await startStockroom({ env: database });
    env = { DATA_DIR: server.dataDir, ...database };
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('a user is added with a password that is shown once and must be changed', async () => {
    const { exitCode, stdout, stderr } = await runCli(['user', 'add', 'ann'], { env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const password = /^Password: (\S{20})$/m.exec(stdout)?.[1] ?? '';
    const ann = await Client.loggedIn(server.url, { username: 'ann', password });
    expect((await ann.graphql('{ malls { id } }')).errors?.[0]?.extensions.code).toBe(
      'PASSWORD_CHANGE_REQUIRED',
    );
    expect(server.output()).not.toContain(password);
  });

  test('an administrator is added with a password from standard input', async () => {
    const options = { env, input: 'a password of the admin\r\nanother line' };
    const added = await cliJson<AddedUser>(['user', 'add', 'boss', '--admin', '--password-stdin'], options);
    expect(added).toEqual({ id: added.id, username: 'boss', role: 'ADMIN' } as AddedUser);
    expect(await codeOfLogin(server.url, 'boss', 'a password of the admin')).toBe('OK');
  });

  test.each([
    [['user', 'add', 'ADMIN'], '', /already/],
    [['user', 'add', ''], '', /1 to 100 characters/],
    [['user', 'add', 'carl', '--password-stdin'], 'password1\n', /too easy/],
    [['user', 'add', 'carl', '--password-stdin'], '', /no password on standard input/],
    [['user', 'disable', 'nobody'], '', /No user is called "nobody"/],
    [['user', 'disable', 'nul\\0'], '', /No user/],
    [['mall', 'add', ' '], '', /1 to 100 characters/],
  ])('%p fails with one line', async (args, input, line) => {
    const { exitCode, stdout, stderr } = await runCli(args, { env, input });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^stockroom: [^\n]+\n$/);
    expect(stderr).toMatch(line);
  });

  test('a user who is disabled is logged out at once, and comes back when enabled', async () => {
    const { password } = await cliJson<AddedUser>(['user', 'add', 'dora'], { env });
    const dora = await Client.loggedIn(server.url, { username: 'dora', password });
    expect(await isLoggedIn(dora)).toBe(true);
    expect(await cliJson<object>(['user', 'disable', 'DORA'], { env })).toMatchObject({ disabled: true });
    expect(await isLoggedIn(dora)).toBe(false);
    expect(await codeOfLogin(server.url, 'dora', password)).toBe('INVALID_CREDENTIALS');
    expect(await cliJson<object>(['user', 'enable', 'dora'], { env })).toMatchObject({ disabled: false });
    expect(await codeOfLogin(server.url, 'dora', password)).toBe('OK');
  });

  test('another password logs a user out at once and must be changed', async () => {
    const first = await cliJson<AddedUser>(['user', 'add', 'emil'], { env });
    const emil = await Client.loggedIn(server.url, first);
    const second = await cliJson<AddedUser>(['user', 'password', 'emil'], { env });
    expect(second.password).not.toBe(first.password);
    expect(await isLoggedIn(emil)).toBe(false);
    expect(await codeOfLogin(server.url, 'emil', first.password)).toBe('INVALID_CREDENTIALS');
    const again = await Client.loggedIn(server.url, second);
    expect((await again.graphql('{ malls { id } }')).errors?.[0]?.extensions.code).toBe(
      'PASSWORD_CHANGE_REQUIRED',
    );
  });

  test('the server goes on when commands have ended', async () => {
    await cliJson(['mall', 'add', 'Second'], { env });
    const client = await Client.loggedIn(server.url);
    const { malls } = await client.data<{ malls: { name: string }[] }>('{ malls { name } }');
    expect(malls.map(({ name }) => name)).toContain('Second');
    expect(server.output()).not.toMatch(/has ended/);
  });

  test('one administrator stays, also when two are disabled at once', async () => {
    const other = `admin-${crypto.randomUUID()}`;
    // The administrator of another test, if that has run.
    await runCli(['user', 'disable', 'boss'], { env });
    await cliJson(['user', 'add', other, '--admin'], { env });
    const runs = await Promise.all(
      [other, ADMIN.username].map((name) => runCli(['user', 'disable', name], { env })),
    );
    expect(runs.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    expect(runs.find(({ exitCode }) => exitCode === 1)?.stderr).toContain('no administrator left');
    await cliJson(['user', 'enable', ADMIN.username], { env });
  });
});

describe.skipIf(missing('redis-server', Bun.which('redis-server')))('with REDIS_URL', () => {
  test('a disabled user is logged out there', async () => {
    await using directory = await temporaryDirectory();
    const port = await freePort();
    const redis = Bun.spawn(
      ['redis-server', '--port', String(port), '--save', '', '--dir', directory.path, '--bind', '127.0.0.1'],
      { stdout: 'ignore', stderr: 'ignore' },
    );
    try {
      const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
      await using server = await startStockroom({ env });
      const cli = { env: { ...env, DATA_DIR: server.dataDir } };
      const { password } = await cliJson<AddedUser>(['user', 'add', 'fay'], cli);
      const fay = await Client.loggedIn(server.url, { username: 'fay', password });
      expect(await isLoggedIn(fay)).toBe(true);
      await cliJson(['user', 'disable', 'fay'], cli);
      expect(await isLoggedIn(fay)).toBe(false);
    } finally {
      redis.kill();
      await redis.exited;
    }
  });
});
