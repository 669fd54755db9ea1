import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type GraphQLAnswer, uploadForm } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { fileLimit, hasProc, openFiles } from '../support/processes.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { cannotTrace, Strace } from '../support/strace.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { countMaterials } from '../support/upload.ts';

const MIB = 1024 * 1024;
const mayMount =
  process.getuid?.() === 0 && Bun.which('mount') !== null && process.platform === 'linux' && canMount();

/** A server, somebody who uploads, and what must not change when an upload fails. */
interface Bench {
  readonly server: StockroomServer;
  readonly client: Client;
  readonly filesDir: string;
  readonly spoolDir: string;
}

describe('a file that cannot be kept', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await prepare(await startStockroom());
  });
  afterAll(async () => await bench.server[Symbol.asyncDispose]());

  const untraceable = cannotTrace();
  test.skipIf(untraceable).each([
    ['the disk fails to sync the file', 'fsync:error=EIO', 500, 'file'],
    ['the disk fails to sync the directory', 'fsync:error=EIO', 500, 'directory'],
    ['the directory is full when it is synced', 'fsync:error=ENOSPC', 507, 'directory'],
    ['the disk fails to write', 'writev:error=EIO', 500, 'file'],
    ['the disk is full', 'writev:error=ENOSPC', 507, 'file'],
    ['the disk is full when the file is synced', 'fsync:error=ENOSPC', 507, 'file'],
    ['the quota is used up', 'writev:error=EDQUOT', 507, 'file'],
    ['the disk fails to name the file', 'link:error=EIO', 500, 'file'],
    ['there is no room for the name', 'link:error=ENOSPC', 507, 'file'],
    ['the directory has become read-only', 'link:error=EROFS', 500, 'file'],
  ])('because %s is answered with an error and leaves nothing', async (_, fault, status, only) => {
    const folder = join(bench.filesDir, filesBelow(bench.filesDir)[0]?.split('/')[0] ?? '');
    await expectRefusal(bench, status, async (upload) => {
      await using trace = await Strace.attach(bench.server.process.pid, [
        '-e',
        `trace=${fault.split(':')[0]}`,
        '-e',
        `inject=${fault}`,
        ...(only === 'directory' ? ['-P', folder] : []),
      ]);
      const response = await upload();
      await trace.detach();
      return response;
    });
  });

  test.skipIf(!hasProc || missing('prlimit', Bun.which('prlimit'))).each([0, 1, 2, 3])(
    'for want of file descriptors (%d left) is 503 and leaves nothing',
    async (spare) => {
      const { server, client } = bench;
      const before = await look(bench);
      const body = concat([
        ...uploadFields(1).flatMap((part) => [partHead(part), part.value, '\r\n']),
        partHead({ name: '0', filename: 'a.png' }),
        uniquePng(),
        `\r\n${END}`,
      ]);
      const open = openFiles(server.process.pid);
      const request = await RawRequest.open(server.url, '/graphql', {
        Cookie: client.cookie ?? '',
        'Content-Type': FORM_TYPE,
        'Apollo-Require-Preflight': '1',
        'Content-Length': String(body.byteLength),
      });
      await until('the connection to be accepted', () => openFiles(server.process.pid) > open || undefined);
      const pid = String(server.process.pid);
      const usual = /^NOFILE .* (\d+) +\d+ +\S+$/m.exec(
        Bun.spawnSync(['prlimit', '--pid', pid, '--nofile']).stdout.toString(),
      )?.[1];
      Bun.spawnSync(['prlimit', '--pid', pid, `--nofile=${fileLimit(server.process.pid, spare)}:`]);
      try {
        await request.write(body);
        const answer = await request.answer();
        expect(spare === 0 ? [503] : [200, 503]).toContain(answer.status);
        if (answer.status === 503) {
          expect(answer.text).toContain('SERVICE_UNAVAILABLE');
          expect(answer.headers.get('retry-after')).toBeDefined();
        }
        await until(
          'the spool to be empty',
          async () => filesBelow(bench.spoolDir).length === 0 || undefined,
        );
        if (answer.status === 503) expect(filesBelow(bench.filesDir)).toEqual(before.files);
      } finally {
        Bun.spawnSync(['prlimit', '--pid', pid, `--nofile=${usual ?? 1024}:`]);
        request.close();
      }
      await expectWorking(bench);
    },
  );

  test('because the spool is used up is 507, and another one finds room afterwards', async () => {
    await using server = await startStockroom({ env: { SPOOL_BYTES: String(2 * MIB) } });
    const small = await prepare(server);
    await expectRefusal(small, 507, (upload) => upload(uniquePng(3 * MIB)));
    const results = await small.client.upload([
      new File([uniquePng()], 'small.png'),
      new File([uniquePng(3 * MIB)], 'large.png'),
      new File([uniquePng(MIB)], 'other.png'),
    ]);
    expect(results.map(({ code }) => code ?? 'stored')).toEqual(['stored', 'STORAGE_FULL', 'stored']);
    // Whatever was reserved has been given back: ten times as much goes through in turn.
    for (let i = 0; i < 15; i++) {
      const [result] = await small.client.upload([new File([uniquePng(MIB)], 'a.png')]);
      expect(result?.__typename).toBe('Material');
    }
  });

  test.skipIf(missing('a file system of its own', mayMount)).each([
    ['where uploads wait', 'spool'],
    ['where files are kept', 'files'],
  ])('because the disk %s is full is 507, and others fit', async (_, name) => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const disk = join(dataDir, name);
    await mkdir(disk, { recursive: true });
    run(['mount', '-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', disk]);
    try {
      await using server = await startStockroom({ dataDir, env: { SPOOL_BYTES: String(100 * MIB) } });
      const full = await prepare(server);
      await expectRefusal(full, 507, (upload) => upload(uniquePng(6 * MIB)));
    } finally {
      run(['umount', disk]);
    }
  });
});

async function prepare(server: StockroomServer): Promise<Bench> {
  const client = await Client.loggedIn(server.url);
  await client.upload([new File([uniquePng()], 'first.png')]);
  const { dataDir } = server;
  return { server, client, filesDir: join(dataDir, 'files'), spoolDir: join(dataDir, 'spool') };
}

async function look({ client, filesDir }: Bench): Promise<{ rows: number; files: string[] }> {
  return { rows: await countMaterials(client), files: filesBelow(filesDir) };
}

/** Runs an upload that must fail as a whole, and checks that it leaves no trace and the server well. */
async function expectRefusal(
  bench: Bench,
  status: number,
  attempt: (upload: (bytes?: Uint8Array<ArrayBuffer>) => Promise<Response>) => Promise<Response>,
): Promise<void> {
  const before = await look(bench);
  const response = await attempt((bytes = uniquePng(MIB)) =>
    bench.client.send('/graphql', {
      method: 'POST',
      headers: { 'apollo-require-preflight': '1' },
      body: uploadForm([new File([bytes], 'unlucky.png')], { mallId: 1 }),
    }),
  );
  const answer = (await response.json()) as GraphQLAnswer;
  expect([response.status, answer.errors?.[0]?.extensions.code]).toEqual([
    status,
    status === 507 ? 'STORAGE_FULL' : 'INTERNAL_ERROR',
  ]);
  // Nothing of the machine is told to the client.
  expect(JSON.stringify(answer)).not.toMatch(/EIO|ENOSPC|EDQUOT|EROFS|spool|\/tmp/);
  expect(await look(bench)).toEqual(before);
  expect(filesBelow(bench.spoolDir)).toEqual([]);
  await expectWorking(bench);
}

async function expectWorking({ client, spoolDir }: Bench): Promise<void> {
  const [result] = await client.upload([new File([uniquePng()], 'fine.png')]);
  expect(result?.__typename).toBe('Material');
  expect((await fetch(String(result?.url))).status).toBe(200);
  expect(filesBelow(spoolDir)).toEqual([]);
}

function canMount(): boolean {
  const probe = ['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
  return Bun.which('unshare') !== null && Bun.spawnSync(probe, { stderr: 'ignore' }).success;
}

function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { stderr: 'pipe' });
  if (!success) throw new Error(`${command.join(' ')}: ${stderr}`);
}
