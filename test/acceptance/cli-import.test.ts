import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import excel from 'exceljs';
import postgres from 'postgres';
import { cliJson, runCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const LOGIN = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { user { id } } }';
const SALT = '盐 salt';

interface Import {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly written: boolean;
  readonly encoding: string | null;
  readonly skipped: readonly { row: number; username: string }[];
  readonly notes: readonly { row: number; message: string }[];
  readonly problems: readonly { row: number; message: string }[];
}

function digest(algorithm: 'md5' | 'sha1' | 'sha256', password: string): string {
  return new Bun.CryptoHasher(algorithm).update(SALT + password).digest('hex');
}

describe.skipIf(missing('PostgreSQL', findPostgres()))('user import', () => {
  let database: ExternalPostgres;
  let url: string;
  let sql: postgres.Sql;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let files = 0;
  /** One for each kind of digest, on one database. */
  const servers = new Map<string, StockroomServer>();
  const serverOf = (algorithm: string) => servers.get(algorithm)?.url ?? '';

  beforeAll(async () => {
    directory = await temporaryDirectory();
    database = await startPostgres();
    url = await database.createDatabase();
    sql = postgres(url, { max: 1, onnotice: () => {} });
    for (const algorithm of ['none', 'md5', 'sha1', 'sha256']) {
      const env = { DATABASE_URL: url, ...legacy(algorithm) };
      servers.set(algorithm, await startStockroom({ env }));
    }
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
    await database.stop();
    await directory[Symbol.asyncDispose]();
  });

  const legacy = (algorithm: string): Record<string, string> =>
    algorithm === 'none' ? {} : { PASSWORD_LEGACY: `${algorithm}:${SALT}` };
  const save = async (content: string | Uint8Array) => {
    const path = join(directory.path, `users-${++files}`);
    await Bun.write(path, content);
    return path;
  };
  const options = (algorithm = 'none') => ({ env: { DATABASE_URL: url, ...legacy(algorithm) } });
  const importText = async (text: string, algorithm = 'none', ...args: string[]) =>
    await cliJson<Import>(['user', 'import', await save(text), ...args], options(algorithm));
  const login = async (server: string, u: string, p: string) => {
    const answer = await new Client(serverOf(server)).graphql(LOGIN, { u, p });
    return answer.errors?.[0]?.extensions.code ?? 'OK';
  };
  const userRow = async (username: string) => {
    const [row] = await sql<
      { id: number; password_hash: string; role: string; disabled: boolean; must: boolean }[]
    >`
      select id, password_hash, role, disabled_at is not null as disabled, must_change_password as must
      from users where username = ${username}`;
    return row;
  };

  test.each(['md5', 'sha1', 'sha256'] as const)(
    'keeps no %s digest as it was, and lets its user in, once by it and then by a hash of their own',
    async (algorithm) => {
      const name = `user-${algorithm}`;
      const old = digest(algorithm, 'an old password');
      // As the legacy table names its columns.
      await importText(`username,password,status\n${name},${old.toUpperCase()},1\n`, algorithm);
      const before = await userRow(name);
      expect(before?.password_hash).toStartWith('legacy:$argon2id$');
      expect(before?.password_hash).not.toContain(old);

      expect(await login(algorithm, name, 'a wrong password')).toBe('INVALID_CREDENTIALS');
      expect(await login(algorithm, name, old)).toBe('INVALID_CREDENTIALS');
      expect(await login('none', name, 'an old password')).toBe('INVALID_CREDENTIALS');
      expect((await userRow(name))?.password_hash).toBe(before?.password_hash ?? '');

      expect(await login(algorithm, name, 'an old password')).toBe('OK');
      expect((await userRow(name))?.password_hash).toStartWith('$argon2id$');
      expect(await login('none', name, 'an old password')).toBe('OK');
      expect(await login(algorithm, name, 'a wrong password')).toBe('INVALID_CREDENTIALS');
    },
  );

  test('takes as long to refuse a digest without PASSWORD_LEGACY as a wrong password', async () => {
    await importText(`username,password_digest\nslow,${digest('md5', 'an old password')}\n`, 'md5');
    const timed = async (username: string, password: string) => {
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const started = performance.now();
        expect(await login('none', username, password)).toBe('INVALID_CREDENTIALS');
        times.push(performance.now() - started);
      }
      return Math.min(...times);
    };
    await timed('nobody at all', 'x');
    const unknown = await timed('nobody at all', 'an old password');
    const known = await timed('slow', 'an old password');
    expect(known).toBeGreaterThan(unknown / 3);
    expect(known).toBeLessThan(unknown * 3);
  });

  test('takes every column, in any order, and moves the ids on', async () => {
    const result = await importText(
      'status,malls,role,password,remark,user_id,username\n' +
        '1,1:EDITOR,admin,open the door,x,700,columns-a\n' +
        '0,,,open the door,x,,columns-b\n' +
        '1,,,open the door,x,1,columns-c\n',
    );
    expect(result).toMatchObject({ added: 3, written: true, encoding: 'utf-8' });
    expect(result.notes).toEqual([
      { row: 1, message: 'Ignored: remark.' },
      { row: 4, message: expect.stringContaining('user_id 1 belongs to admin') },
    ]);
    expect(await userRow('columns-a')).toMatchObject({ id: 700, role: 'ADMIN', disabled: false, must: true });
    expect(await userRow('columns-b')).toMatchObject({ id: 701, role: 'MEMBER', disabled: true });
    expect(await userRow('columns-c')).toMatchObject({ id: 702 });
    const members = await sql`select mall_id, role from memberships where user_id = 700`;
    expect([...members]).toEqual([{ mall_id: 1, role: 'EDITOR' }]);
    const later = await cliJson<{ id: number }>(['user', 'add', 'columns-later'], options());
    expect(later.id).toBe(703);
    expect(await login('none', 'columns-a', 'open the door')).toBe('OK');
    expect(await login('none', 'columns-b', 'open the door')).toBe('INVALID_CREDENTIALS');
  });

  test('reads what Chinese Excel writes', async () => {
    // 张三,open the door
    const gbk = new Uint8Array([0xd5, 0xc5, 0xc8, 0xfd, ...Buffer.from(',open the door\r\n')]);
    const file = await save(Buffer.concat([Buffer.from('username,password\r\n'), gbk]));
    expect(await cliJson<Import>(['user', 'import', file], options())).toMatchObject({
      added: 1,
      encoding: 'gbk',
    });
    expect(await login('none', '张三', 'open the door')).toBe('OK');

    const workbook = new excel.Workbook();
    const sheet = workbook.addWorksheet('用户');
    sheet.addRow(['username', 'password', 'status']);
    sheet.addRow([13800138000, 8160245937, 1]);
    const book = await save(new Uint8Array(await workbook.xlsx.writeBuffer()));
    expect(await cliJson<Import>(['user', 'import', book], options())).toMatchObject({
      added: 1,
      encoding: null,
    });
    expect(await login('none', '13800138000', '8160245937')).toBe('OK');
  });

  test('writes nothing when a row has a problem, and tells every one', async () => {
    const rows = [
      'good,open the door,',
      'weak,password1,',
      'good,open the door,',
      'lost,open the door,99:VIEWER',
      `digest,${digest('sha1', 'x')},`,
    ];
    const file = await save(`username,password,malls\n${rows.join('\n')}\n`);
    const text = await runCli(['user', 'import', file], options());
    expect(text.exitCode).toBe(1);
    expect(text.stderr.split('\n')).toEqual([
      expect.stringMatching(/^row 3: .*easy to guess/),
      expect.stringMatching(/^row 4: .* row 2 already/),
      expect.stringMatching(/^row 5: There is no mall 99/),
      expect.stringMatching(/^row 6: .*PASSWORD_LEGACY/),
      'stockroom: There are 4 problems; nothing was written.',
      '',
    ]);
    const json = await runCli(['user', 'import', file, '--json'], options());
    expect(json.exitCode).toBe(1);
    expect(json.stderr).toMatch(/^stockroom: [^\n]+\n$/);
    expect(JSON.parse(json.stdout)).toMatchObject({ written: false, problems: [{ row: 3 }, {}, {}, {}] });
    expect(await userRow('good')).toBeUndefined();
  });

  test('of a dry run writes nothing', async () => {
    const result = await importText('username,password\ndry,open the door\n', 'none', '--dry-run');
    expect(result).toMatchObject({ added: 1, written: false });
    expect(await userRow('dry')).toBeUndefined();
  });

  test('skips users who exist, and with --update brings them into line and logs them out', async () => {
    const text = 'username,password,status,role\nAgain,open the door,1,MEMBER\n';
    expect(await importText(text)).toMatchObject({ added: 1 });
    const before = await userRow('Again');
    expect(await importText(text.replace('Again', 'AGAIN'))).toMatchObject({
      added: 0,
      skipped: [{ row: 2, username: 'AGAIN' }],
    });
    expect(await importText(text, 'none', '--update')).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await userRow('Again')).toEqual(before);

    const credentials = { username: 'Again', password: 'open the door' };
    const client = await Client.loggedIn(serverOf('none'), credentials);
    const changed = text.replace('open the door', 'close the door').replace('MEMBER', 'ADMIN');
    expect(await importText(changed, 'none', '--update')).toMatchObject({ updated: 1, unchanged: 0 });
    expect((await client.data<{ me: unknown }>('{ me { id } }')).me).toBeNull();
    expect(await login('none', 'Again', 'close the door')).toBe('OK');
    expect((await userRow('Again'))?.role).toBe('ADMIN');
  });

  test('never puts a digest back where its user has a hash of their own', async () => {
    const text = `username,password\nmoved,${digest('md5', 'an old password')}\n`;
    await importText(text, 'md5');
    expect(await importText(text, 'md5', '--update')).toMatchObject({ unchanged: 1 });
    expect(await login('md5', 'moved', 'an old password')).toBe('OK');
    const own = await userRow('moved');
    expect(await importText(text, 'md5', '--update')).toMatchObject({ unchanged: 1 });
    expect(await userRow('moved')).toEqual(own);
  });

  test('leaves the last administrator', async () => {
    const admins = await sql<{ username: string }[]>`
      select username from users where role = 'ADMIN' and disabled_at is null`;
    const rows = admins.map(({ username }) => `${username},open the gate,MEMBER\n`);
    const file = await save(`username,password,role\n${rows.join('')}`);
    const { exitCode, stderr } = await runCli(['user', 'import', file, '--update'], options());
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^row \d+: .*no administrator left/);
    const [left] =
      await sql`select count(*)::int as count from users where role = 'ADMIN' and disabled_at is null`;
    expect(left?.count).toBe(1);
  });

  test.each([
    ['', /is empty/],
    ['alice,open the door\n', /must name the columns/],
    ['username,password\n"alice,x\n', /cannot be read as CSV/],
  ])('refuses the file %p with one line', async (text, line) => {
    const { exitCode, stdout, stderr } = await runCli(['user', 'import', await save(text)], options());
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^stockroom: [^\n]+\n$/);
    expect(stderr).toMatch(line);
  });
});
