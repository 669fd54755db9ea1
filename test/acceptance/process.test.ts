import { describe, expect, test } from 'bun:test';
import { readdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { embeddedDatabasePid, hasProc, isAlive } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const PLANT = { BUN_OPTIONS: `--preload=${join(projectRoot, 'test/support/plant-faults.ts')}` };

describe('the server process', () => {
  test('ends at SIGTERM at once and with 0 when it has nothing to do, and its database with it', async () => {
    await using server = await startStockroom();
    await Client.loggedIn(server.url);
    const database = embeddedDatabasePid(server.dataDir);
    const started = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(isAlive(database)).toBe(false);
  });

  test.skipIf(!hasProc).each([
    ['has four threads for files where there are fewer cores', {}, '4'],
    ['has as many threads for files as its environment says', { UV_THREADPOOL_SIZE: '2' }, '2'],
  ])('%s', async (_, env: Record<string, string>, threads) => {
    await using server = await startStockroom({ env, wrapper: ['taskset', '-c', '0'] });
    const { pid } = server.process;
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    expect(environment.filter((line) => line.startsWith('UV_THREADPOOL_SIZE='))).toEqual([
      `UV_THREADPOOL_SIZE=${threads}`,
    ]);
    const client = await Client.loggedIn(server.url);
    await client.upload(Array.from({ length: 20 }, (_, i) => new File([uniquePng()], `${i}.png`)));
    const names = await Promise.all(
      (await readdir(`/proc/${pid}/task`)).map((id) =>
        // A thread may end meanwhile.
        readFile(`/proc/${pid}/task/${id}/comm`, 'utf8').catch(() => ''),
      ),
    );
    expect(names.filter((name) => name.startsWith('Bun Pool'))).toHaveLength(Number(threads));
  });

  test('finishes an upload after SIGTERM, takes no new connection, and ends with 0', async () => {
    await using directory = await temporaryDirectory();
    const { picture, url } = await (async () => {
      await using server = await startStockroom({ dataDir: directory.path });
      const upload = await beginUpload(server);
      server.process.kill('SIGTERM');
      await until('new connections to be refused', async () => (await isRefused(server.url)) || undefined);
      expect(server.process.exitCode).toBeNull();
      const answer = await upload.finish();
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(sha256(upload.picture));
      expect(await server.process.exited).toBe(0);
      return { picture: upload.picture, url: /\/files\/mall\/[^"]+/.exec(answer.text)?.[0] ?? '' };
    })();
    await using again = await startStockroom({ dataDir: directory.path });
    expect(sha256(await (await fetch(again.url + url)).bytes())).toBe(sha256(picture));
  });

  test('ends at a second SIGTERM without waiting, and the next start is clean', async () => {
    await using directory = await temporaryDirectory();
    {
      await using server = await startStockroom({ dataDir: directory.path });
      const upload = await beginUpload(server);
      server.process.kill('SIGTERM');
      await until('the first signal to be seen', () => server.output().includes('stopping') || undefined);
      const started = performance.now();
      // Two that come together are one: a terminal and a script around the server may both send it.
      await until('the server to end', () => {
        server.process.kill('SIGTERM');
        return server.process.exitCode ?? undefined;
      });
      expect(server.process.exitCode).not.toBe(0);
      expect(performance.now() - started).toBeLessThan(3000);
      upload.leave();
    }
    await using again = await startStockroom({ dataDir: directory.path });
    expect(filesBelow(join(directory.path, 'spool'))).toEqual([]);
    expect(filesBelow(join(directory.path, 'files'))).toEqual([]);
    await Client.loggedIn(again.url);
  });

  test.each([
    ['SIGUSR2', 'uncaughtException', 'planted exception'],
    ['SIGWINCH', 'unhandledRejection', 'planted rejection'],
  ] as const)(
    'finishes what runs after an error that nobody caught (%s), logs it, and ends with 1',
    async (signal, event, message) => {
      await using server = await startStockroom({ env: PLANT });
      const database = embeddedDatabasePid(server.dataDir);
      const upload = await beginUpload(server);
      server.process.kill(signal);
      await until('the error to be logged', () => server.output().includes(message) || undefined);
      const line = server
        .output()
        .split('\n')
        .find((one) => one.includes(message));
      expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50, event, err: { message } });
      const answer = await upload.finish();
      expect(answer.status).toBe(200);
      expect(await server.process.exited).toBe(1);
      expect(isAlive(database)).toBe(false);
    },
  );

  test.each(['json', 'pretty'])(
    'never writes secrets or lines of others into its log (%s)',
    async (format) => {
      await using server = await startStockroom({ env: { LOG_FORMAT: format, LOG_LEVEL: 'debug' } });
      const client = await Client.loggedIn(server.url);
      const secrets = [
        'correct horse battery',
        'wrong-password-1234',
        client.cookie?.split('=')[1] ?? 'no cookie',
      ];
      await client.graphql(
        'mutation { login(username: "admin", password: "wrong-password-1234") { user { id } } }',
      );
      await client.graphql(
        'mutation ($p: String!) { changePassword(currentPassword: $p, newPassword: "x") { id } }',
        { p: 'wrong-password-1234' },
      );
      await client.send('/login', {
        method: 'POST',
        body: '{"username":"admin","password":"wrong-password-1234"',
      });
      const evil = 'a\nFORGED line\r\n\u001b[31mFORGED\u2028FORGED';
      await client.upload([new File([uniquePng()], evil), new File(['text'], evil)]);
      await fetch(`${server.url}/files/${encodeURIComponent(evil)}?${encodeURIComponent(evil)}`, {
        headers: { 'x-request-id': 'FORGED id', 'user-agent': 'FORGED agent' },
      });
      await client.graphql(`query ${'FORGED'.repeat(3)} { nothing }`);
      await client.send('/graphql', {
        method: 'POST',
        headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': '1' },
        body: concat([partHead({ name: 'x%0AFORGED' }), 'y\r\n', END]),
      });
      await server.stop();
      const output = Bun.stripANSI(server.output());
      for (const secret of secrets) expect(output).not.toContain(secret);
      expect(output.split(/[\n\r\u2028]/).filter((line) => line.startsWith('FORGED'))).toEqual([]);
      expect(server.output()).not.toContain('\u001b[31mFORGED');
      if (format === 'json') {
        const lines = output.split('\n').filter((line) => line.startsWith('{'));
        for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
        expect(lines.length).toBeGreaterThan(5);
      }
    },
  );

  test('shows a generated password in a private file only, and asks for another one', async () => {
    await using server = await startStockroom({ env: { ADMIN_PASSWORD: '', ADMIN_USERNAME: 'boss' } });
    const path = join(server.dataDir, 'first-admin.txt');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const password = /^Password: (\S+)$/m.exec(await Bun.file(path).text())?.[1] ?? '';
    expect(password.length).toBeGreaterThanOrEqual(16);
    expect(server.output()).toContain(path);
    expect(server.output()).not.toContain(password);

    const credentials = { username: 'boss', password };
    const [client, other] = [
      await Client.loggedIn(server.url, credentials),
      await Client.loggedIn(server.url, credentials),
    ];
    const ask = '{ me { username mustChangePassword } }';
    expect((await client.data(ask)).me).toEqual({ username: 'boss', mustChangePassword: true });
    const before = client.cookie;
    await client.data(
      'mutation ($p: String!) { changePassword(currentPassword: $p, newPassword: "a new one, longer") { id } }',
      { p: password },
    );
    expect(client.cookie).not.toBe(before);
    expect((await client.data(ask)).me).toEqual({ username: 'boss', mustChangePassword: false });
    expect((await other.data(ask)).me).toBeNull();
    await expect(Client.loggedIn(server.url, credentials)).rejects.toThrow('INVALID_CREDENTIALS');
    await Client.loggedIn(server.url, { username: 'boss', password: 'a new one, longer' });
  });

  test.skipIf(missing('PostgreSQL', findPostgres()))(
    'may start several times at once on one empty database',
    async () => {
      await using database = await startPostgres();
      const url = await database.createDatabase();
      const servers = await Promise.all([1, 2, 3].map(() => startStockroom({ env: { DATABASE_URL: url } })));
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      try {
        for (const server of servers) await Client.loggedIn(server.url);
        const [row] =
          await sql`select (select count(*)::int from users) as users, (select count(*)::int from malls) as malls`;
        expect(row).toEqual({ users: 1, malls: 1 });
        // A session of one holds at the others.
        const client = await Client.loggedIn(servers[0]?.url ?? '');
        const elsewhere = new Client(servers[1]?.url ?? '');
        elsewhere.cookie = client.cookie;
        expect((await elsewhere.data('{ me { username } }')).me).toEqual({ username: 'admin' });
      } finally {
        await sql.end({ timeout: 1 });
        for (const server of servers) await server[Symbol.asyncDispose]();
      }
    },
  );
});

/** Sends the first half of an upload; the server has it when this resolves. */
async function beginUpload(server: StockroomServer) {
  const client = await Client.loggedIn(server.url);
  const picture = uniquePng(500_000);
  const body = concat([
    ...uploadFields(1).flatMap((part) => [partHead(part), part.value, '\r\n']),
    partHead({ name: '0', filename: 'a.png' }),
    picture,
    `\r\n${END}`,
  ]);
  const request = await RawRequest.open(server.url, '/graphql', {
    Cookie: client.cookie ?? '',
    'Content-Type': FORM_TYPE,
    'Apollo-Require-Preflight': '1',
    'Content-Length': String(body.byteLength),
  });
  await request.write(body.subarray(0, 250_000));
  await until(
    'the upload to begin',
    () => filesBelow(join(server.dataDir, 'spool')).length === 1 || undefined,
  );
  return {
    picture,
    async finish() {
      await request.write(body.subarray(250_000));
      const answer = await request.answer();
      request.close();
      return answer;
    },
    leave: () => request.reset(),
  };
}

async function isRefused(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(false));
  socket.on('error', () => resolve(true));
  const refused = await promise;
  socket.destroy();
  return refused;
}
