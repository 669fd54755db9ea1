import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { PictureServer } from '../support/picture-server.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { childrenOf } from '../support/processes.ts';
import { LOOPBACK_ALLOWED, saveImages } from '../support/remote-pictures.ts';
import { missing } from '../support/services.ts';
import { spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { cannotTrace, Strace } from '../support/strace.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const untraceable = cannotTrace();
const skip = untraceable || missing('PostgreSQL', findPostgres());

const CALLS = 'trace=fsync,link,linkat,rename,renameat,renameat2,sendto,write,writev,sendmsg';

describe.skipIf(skip)('what was acknowledged', () => {
  let database: ExternalPostgres;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => await database.stop());

  test('is on disk with its name and its row before the answer goes out', async () => {
    await using server = await startStockroom({ env: { DATABASE_URL: await database.createDatabase() } });
    const client = await Client.loggedIn(server.url);
    await using trace = await Strace.attach(server.process.pid, ['-e', CALLS]);
    const [small, large] = await client.upload([
      new File([uniquePng()], 'small.png'),
      new File([uniquePng(3_000_000)], 'large.png'),
    ]);
    expect([small?.__typename, large?.__typename]).toEqual(['Material', 'Material']);
    expectDurable(await trace.detach(), 2);
  });

  test('is on disk likewise when it comes from elsewhere', async () => {
    await using pictures = await PictureServer.start();
    await using server = await startStockroom({
      env: { DATABASE_URL: await database.createDatabase(), ...LOOPBACK_ALLOWED },
    });
    const client = await Client.loggedIn(server.url);
    const urls = [
      pictures.give('/small.png', uniquePng()),
      pictures.give('/large.png', uniquePng(3_000_000)),
    ];
    await using trace = await Strace.attach(server.process.pid, ['-e', CALLS]);
    const saved = await saveImages(client, urls);
    expect(saved.map(({ success }) => success)).toEqual([true, true]);
    expectDurable(await trace.detach(), 2);
  });

  test('lies in directories whose names are on disk too', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'new');
    const log = join(directory.path, 'calls');
    const child = spawnStockroom({ DATA_DIR: dataDir, DATABASE_URL: await database.createDatabase() }, [
      'strace',
      '-f',
      '-y',
      '-o',
      log,
      '-e',
      'trace=fsync,mkdir,mkdirat',
    ]);
    await until('the server to listen', async () => {
      for await (const chunk of child.stdout) if (Buffer.from(chunk).includes('Health')) return true;
      throw new Error('the server ended');
    });
    const [server] = childrenOf(child.pid, 'main.ts');
    if (server === undefined) throw new Error('strace has no child');
    process.kill(server, 'SIGTERM');
    await child.exited;
    const calls = (await Bun.file(log).text()).split('\n');
    const made = calls.findIndex((call) => /mkdir\S*\(.*\/new\/files".* = 0/.test(call));
    const synced = calls.findIndex((call, i) => i > made && call.includes(`<${dataDir}>) `));
    expect(made).toBeGreaterThan(-1);
    expect(synced).toBeGreaterThan(made);
  });
});

/** Checks the order of system calls up to the answer that tells of so many files. */
function expectDurable(calls: readonly string[], count: number): void {
  const at = (what: string, pattern: RegExp, from = 0) => {
    const index = calls.findIndex((call, i) => i >= from && pattern.test(call));
    if (index < 0) throw new Error(`not seen: ${what}\n${calls.join('\n').slice(0, 20_000)}`);
    return index;
  };
  const answer = at('the answer', /^(sendto|write|writev|sendmsg)\(.*HTTP\/1\.1 200/);
  const begin = at('the transaction', /^(sendto|write|writev)\(.*(\\0|"Q.*)begin/);
  // A connection names a statement at its first use only; of those of a transaction this one alone has no parameters.
  const commit = at('the commit', /^sendto\(.*(?:\\0commit\\0|"B\S*\\0\w+(?:\\0){7}E)/, begin);
  expect(commit).toBeLessThan(answer);

  const links = calls.flatMap((call, index) => {
    const [, from, to] =
      /^(?:link|rename)(?:at2?)?\(.*?"([^"]*\/spool\/[^"]+)".*?"([^"]*\/files\/[^"]+)".* = 0$/.exec(call) ??
      [];
    return from && to ? [{ from, to, index }] : [];
  });
  expect(links).toHaveLength(count);
  for (const { from, to, index } of links) {
    const synced = at(`fsync of ${from}`, new RegExp(`^fsync\\(\\d+<${RegExp.escape(from)}>\\) += 0`));
    const folder = join(to, '..');
    const folderSynced = at(
      `fsync of ${folder}`,
      new RegExp(`^fsync\\(\\d+<${RegExp.escape(folder)}>\\) += 0`),
      index,
    );
    expect(synced).toBeLessThan(index);
    expect(folderSynced).toBeLessThan(commit);
    // All of its bytes were written before they were synced.
    const written = calls.findLastIndex((call) => call.startsWith('write') && call.includes(`<${from}>`));
    expect(written).toBeLessThan(synced);
  }
}
