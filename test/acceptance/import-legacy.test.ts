import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliJson, runCli, spawnCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { projectRoot, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

interface Report {
  readonly rows: number;
  readonly imported: number;
  readonly alreadyThere: number;
  readonly madeMalls: number[];
  readonly mismatches: { readonly row: number; readonly reason: string }[];
  readonly otherSizes: { readonly row: number; readonly expected: number }[];
  readonly filesWithoutRow: string[];
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
/** The old system's upload directory and table. */
let upload: string;
let table: string;
const files: Record<string, Uint8Array> = {
  '/mall/2023-02-01/a.png': uniquePng(),
  '/mall/2023-02-01/片.png': uniquePng(),
  '/mall/2023-02-02/b.png': uniquePng(),
  '/cms/template/2023-02-02/banner.png': uniquePng(),
  '/mall/2023-02-02/text.jpg': new TextEncoder().encode('<html>no picture</html>'),
  '/mall/2023-02-03/nobody.png': uniquePng(),
};

beforeAll(async () => {
  directory = await temporaryDirectory();
  upload = join(directory.path, 'old');
  table = join(directory.path, 'material_info.csv');
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(upload, path)), { recursive: true });
    await writeFile(join(upload, path), bytes);
  }
  const video = '/mall/2023-02-02/clip.mp4';
  await cp(join(projectRoot, 'test/fixtures/media/index-first.mp4'), join(upload, video));
  files[video] = await Bun.file(join(upload, video)).bytes();
  await symlink('/etc/hostname', join(upload, 'mall/2023-02-02/link.png'));
  await writeFile(
    table,
    [
      'id,mall_id,material_type,base_path,width,height,size,origin_filename,create_time',
      `1,7,0,/mall/2023-02-01/a.png,1,1,${files['/mall/2023-02-01/a.png']?.length},"原图, ""1"".png",2023-02-01 08:30:00`,
      '2,7,0,/mall/2023-02-01/片.png,1,1,1,片.png,1675240200',
      '3,9,0,mall/2023-02-02/b.png,1,1,,b.png,',
      '4,0,0,/cms/template/2023-02-02/banner.png,1,1,,banner.png,',
      `5,7,2,${video},0,0,,clip.mp4,`,
      '6,7,0,/mall/2023-02-02/text.jpg,1,1,,text.jpg,',
      '7,7,0,/mall/2023-02-02/gone.png,1,1,,gone.png,',
      '8,7,0,/mall/../../etc/hostname,1,1,,x.png,',
      '9,7,0,/mall/2023-02-02/link.png,1,1,,x.png,',
      '10,seven,0,/mall/2023-02-02/x.png,1,1,,x.png,',
      '11,7,0,/mall/2023-02-01/a.png,1,1,,again.png,',
      '12,7,0,/mall/2023-02-02/y.png,1,1,,y.png,yesterday',
    ].join('\n'),
  );
});
afterAll(async () => await directory[Symbol.asyncDispose]());

const importTable = (env: Record<string, string>, ...options: string[]) =>
  runCli(['import-legacy', table, upload, '--json', ...options], { env });

describe('import-legacy', () => {
  test('takes each row with its file, keeps paths, names and times, and lists what did not match', async () => {
    await using data = await temporaryDirectory();
    const env = { DATA_DIR: data.path, TIME_ZONE: 'Asia/Shanghai' };
    const tried = JSON.parse((await importTable(env, '--dry-run')).stdout) as Report;
    expect([tried.imported, tried.madeMalls]).toEqual([6, []]);

    const { exitCode, stdout, stderr } = await importTable(env);
    expect([exitCode, stderr]).toEqual([1, 'stockroom: 7 of 12 rows were not imported\n']);
    const report = JSON.parse(stdout) as Report;
    expect([report.rows, report.imported, report.alreadyThere, report.madeMalls]).toEqual([12, 5, 0, [7, 9]]);
    expect(report.mismatches.map(({ row, reason }) => [row, reason.split(':')[0]])).toEqual([
      [7, 'FILE_TYPE_NOT_ALLOWED'],
      [8, 'there is no such file'],
      [9, 'base_path is no path of a file'],
      [10, 'there is no such file'],
      [11, 'mall_id is no number of a mall'],
      [12, 'another row has the same path'],
      [13, 'the time is not understood'],
    ]);
    expect(report.otherSizes).toMatchObject([{ row: 3, expected: 1 }]);
    expect(report.filesWithoutRow).toEqual(['/mall/2023-02-03/nobody.png']);

    await using server = await startStockroom({ dataDir: data.path, env: { TIME_ZONE: 'Asia/Shanghai' } });
    for (const path of Object.keys(files)) {
      const isThere = !/text|nobody/.test(path);
      const response = await fetch(server.url + encodeURI(`/files${path}`));
      expect([path, response.status]).toEqual([path, isThere ? 200 : 404]);
      if (isThere) expect(Buffer.compare(await response.bytes(), files[path] ?? new Uint8Array())).toBe(0);
    }
    const client = await Client.loggedIn(server.url);
    const { materials } = await client.data<{ materials: { edges: { node: Record<string, unknown> }[] } }>(
      '{ materials(mallId: 7, first: 10, orderBy: CREATED_AT_ASC) { edges { node { originFilename createdAt kind basePath } } } }',
    );
    expect(materials.edges.slice(0, 2).map(({ node }) => node)).toEqual([
      {
        originFilename: '原图, "1".png',
        createdAt: '2023-02-01T00:30:00.000Z',
        kind: 'IMAGE',
        basePath: '/mall/2023-02-01/a.png',
      },
      {
        originFilename: '片.png',
        createdAt: '2023-02-01T08:30:00.000Z',
        kind: 'IMAGE',
        basePath: '/mall/2023-02-01/片.png',
      },
    ]);
    // The next mall has a number of its own.
    const { createMall } = await client.data<{ createMall: { id: number } }>(
      'mutation { createMall(name: "next") { id } }',
    );
    expect(createMall.id).toBeGreaterThan(9);
  });

  test('that was killed goes on where it was, beside a server, and leaves nothing behind', async () => {
    await using old = await temporaryDirectory();
    const count = 120;
    const rows = ['base_path,mall_id'];
    for (let i = 0; i < count; i++) {
      await mkdir(join(old.path, 'mall/2022-01-01'), { recursive: true });
      await writeFile(join(old.path, `mall/2022-01-01/${i}.png`), uniquePng());
      rows.push(`/mall/2022-01-01/${i}.png,1`);
    }
    await writeFile(join(old.path, 'table.csv'), rows.join('\n'));
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    const kept = async () =>
      (
        await client.data<{ materials: { totalCount: number } }>(
          '{ materials(mallId: 1, first: 0) { totalCount } }',
        )
      ).materials.totalCount;
    const args = ['import-legacy', join(old.path, 'table.csv'), old.path];
    const env = { DATA_DIR: server.dataDir };
    const child = spawnCli(args, env);
    await until('some rows to be imported', async () => ((await kept()) > 5 ? true : undefined), 30_000);
    child.kill('SIGKILL');
    await child.exited;
    const before = await kept();
    expect(before).toBeLessThan(count);

    const report = await cliJson<Report>(args, { env });
    // One whose transaction was under way at the kill may have been committed since.
    expect(report.alreadyThere).toBeGreaterThanOrEqual(before);
    expect([report.rows, report.imported + report.alreadyThere, await kept()]).toEqual([count, count, count]);
    expect(filesBelow(join(server.dataDir, 'files')).length).toBeGreaterThanOrEqual(count);
    const again = await cliJson<Report>(args, { env });
    expect([again.imported, again.alreadyThere]).toEqual([0, count]);
    expect((await runCli(['verify'], { env })).exitCode).toBe(0);
    expect(await Bun.file(join(server.dataDir, 'import')).exists()).toBe(false);
  });

  test.each([
    ['a table without paths', () => 'id,name\n1,x', /base_path among them/],
    ['a table that is none', () => 'not there', /cannot be read/],
  ])('of %s says so in one line', async (name, content, reason) => {
    const path = join(directory.path, crypto.randomUUID());
    if (!name.endsWith('none')) await writeFile(path, content());
    const { exitCode, stderr } = await runCli(['import-legacy', path, upload], {
      env: { DATA_DIR: join(directory.path, 'data') },
    });
    expect([exitCode, stderr.trimEnd().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(reason);
  });
});
