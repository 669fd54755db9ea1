import { describe, expect, test } from 'bun:test';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { canMount, mountSmallDisk } from '../support/mounts.ts';
import { uniquePng } from '../support/pictures.ts';
import { RawRequest } from '../support/raw-request.ts';
import { missing } from '../support/services.ts';
import { projectRoot, type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const PLANT = { BUN_OPTIONS: `--preload=${join(projectRoot, 'test/support/plant-faults.ts')}` };

/** A server that logs to a file in a directory that is not there yet. */
async function startWithFile(env: Record<string, string> = {}) {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'logs/stockroom.log');
  const server = await startStockroom({ env: { LOG_FILE: path, ...env } });
  return {
    server,
    path,
    directory: directory.path,
    read: () => Bun.file(path).text(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Asks once, in a way that its line in the log can be told from others. @returns the request's id. */
async function ask(server: StockroomServer, path = '/healthz', headers: Record<string, string> = {}) {
  const id = crypto.randomUUID();
  const response = await fetch(server.url + path, { headers: { 'x-request-id': id, ...headers } });
  await response.arrayBuffer();
  expect(response.headers.get('x-request-id')).toBe(id);
  return id;
}

async function untilLogged(path: string, text: string): Promise<Record<string, unknown>> {
  return await until(`${text} in the log`, async () => {
    const lines = (
      await Bun.file(path)
        .text()
        .catch(() => '')
    ).split('\n');
    const line = lines.find((one) => one.includes(text));
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  });
}

describe('a log in a file', () => {
  test('has one line for each request, and the screen has the addresses alone', async () => {
    await using log = await startWithFile();
    const client = await Client.loggedIn(log.server.url);
    const upload = await client.upload([new File([uniquePng()], 'a.png')]);
    const url = String(upload[0]?.url);
    const id = await ask(log.server, new URL(url).pathname);
    expect(await untilLogged(log.path, id)).toMatchObject({
      level: 30,
      msg: 'request',
      requestId: id,
      method: 'GET',
      route: '/files/*',
      status: 200,
      bytesOut: Number(upload[0]?.size),
      address: '127.0.0.1',
    });
    expect(await untilLogged(log.path, '"Upload"')).toMatchObject({
      route: '/graphql',
      operation: 'Upload',
      status: 200,
      userId: 1,
      bytesIn: expect.any(Number),
      bytesOut: expect.any(Number),
      ms: expect.any(Number),
    });
    const unknown = await ask(log.server, '/nowhere?a=b');
    expect(await untilLogged(log.path, unknown)).toMatchObject({ path: '/nowhere', status: 404 });
    await log.server.stop();
    expect((await log.read()).split('\n').filter((line) => line.includes(id))).toHaveLength(1);
    const shown = log.server.output().trimEnd().split('\n');
    expect(shown.map((line) => line.split(' ')[0])).toEqual(['Stockroom', 'GraphiQL', 'Health']);
  });

  test('that cannot be written stops the start with one line', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'file'), '');
    for (const path of [directory.path, join(directory.path, 'file/below.log')]) {
      const child = spawnStockroom({ DATA_DIR: join(directory.path, 'data'), LOG_FILE: path });
      const [errors, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      expect(exitCode).toBe(1);
      expect(errors.trimEnd().split('\n')).toEqual([
        expect.stringContaining(`stockroom: LOG_FILE=${path}: must be a file`),
      ]);
    }
  });

  test('that was moved away goes on in a new file after SIGHUP', async () => {
    await using log = await startWithFile();
    const before = await ask(log.server);
    await untilLogged(log.path, before);
    await rename(log.path, `${log.path}.1`);
    log.server.process.kill('SIGHUP');
    const after = await until('a new file', async () => {
      const id = await ask(log.server);
      return (await Bun.file(log.path).exists()) ? id : undefined;
    });
    await untilLogged(log.path, after);
    expect(await Bun.file(`${log.path}.1`).text()).toContain(before);
    expect(await log.read()).not.toContain(before);
    expect(await log.server.stop()).toBe(0);
  });

  test('has the errors of a start that failed', async () => {
    await using log = await startWithFile();
    const path = `${log.path}.second`;
    const second = spawnStockroom({
      DATA_DIR: join(log.directory, 'other'),
      LOG_FILE: path,
      PORT: new URL(log.server.url).port,
    });
    expect(await second.exited).toBe(1);
    expect(await untilLogged(path, 'the server cannot start')).toMatchObject({ level: 50 });
  });
});

describe('the last lines are written', () => {
  test('when the server is told to stop', async () => {
    await using log = await startWithFile();
    const id = await ask(log.server);
    log.server.process.kill('SIGTERM');
    expect(await log.server.process.exited).toBe(0);
    const text = await log.read();
    expect(text).toContain(id);
    expect(text.trimEnd().split('\n').at(-1)).toContain('"stopped"');
  });

  test('when it is told again, before a request has ended', async () => {
    await using log = await startWithFile();
    const client = await Client.loggedIn(log.server.url);
    const request = await RawRequest.open(log.server.url, '/graphql', {
      Cookie: client.cookie ?? '',
      'Content-Type': 'application/json',
      'Content-Length': '1000',
    });
    const id = await ask(log.server);
    await until('it to end', () => {
      log.server.process.kill('SIGTERM');
      return log.server.process.exitCode ?? undefined;
    });
    const text = await log.read();
    expect(text).toContain(id);
    expect(text).toContain('"stopping"');
    request.reset();
  });

  test.each([
    ['SIGUSR2', 'planted exception'],
    ['SIGWINCH', 'planted rejection'],
  ] as const)(
    'when an error that nobody caught ends it (%s), and the screen has it too',
    async (signal, message) => {
      await using log = await startWithFile(PLANT);
      const id = await ask(log.server);
      log.server.process.kill(signal);
      expect(await log.server.process.exited).toBe(1);
      expect(await untilLogged(log.path, message)).toMatchObject({ level: 50, err: { message } });
      expect(await log.read()).toContain(id);
      expect(log.server.output()).toContain(message);
    },
  );
});

describe('a disk that fails the log', () => {
  test.skipIf(missing('a file system of its own', canMount()))(
    'because it is full holds up no request, is told once, and has lines again when there is room',
    async () => {
      await using directory = await temporaryDirectory();
      using _disk = mountSmallDisk(directory.path, 2);
      const ballast = join(directory.path, 'ballast');
      const path = join(directory.path, 'stockroom.log');
      await using server = await startStockroom({ env: { LOG_FILE: path } });
      await untilLogged(path, await ask(server));
      await fillDisk(ballast);
      await until('the notice', async () => {
        await Promise.all(Array.from({ length: 20 }, () => ask(server)));
        return server.output().includes('cannot be written') || undefined;
      });
      const started = performance.now();
      const ids = await Promise.all(Array.from({ length: 50 }, () => ask(server)));
      expect(performance.now() - started).toBeLessThan(5000);
      await rm(ballast);
      for (const id of ids) await untilLogged(path, id);
      expect(server.output().match(/LOG_FILE=.* cannot be written/g)).toHaveLength(1);
      // No line is cut, though the disk was full in the middle of one.
      for (const line of (await Bun.file(path).text()).trimEnd().split('\n')) JSON.parse(line);
      expect(await server.stop()).toBe(0);
    },
    60_000,
  );

  test('because its directory is gone and cannot be made holds up no request, and lines come again', async () => {
    await using log = await startWithFile();
    const logs = join(log.directory, 'logs');
    await untilLogged(log.path, await ask(log.server));
    await rename(logs, `${logs}.gone`);
    await writeFile(logs, 'in the way');
    await until('the notice', async () => {
      await ask(log.server);
      return log.server.output().includes('cannot be written') || undefined;
    });
    const id = await ask(log.server);
    await rm(logs);
    await mkdir(logs);
    await untilLogged(log.path, id);
    expect(log.server.output().match(/LOG_FILE=.* cannot be written/g)).toHaveLength(1);
  });
});

test('of files that were sent, only some have a line when that is asked for; errors all have one', async () => {
  await using log = await startWithFile({ LOG_FILES_SAMPLE: '10' });
  const client = await Client.loggedIn(log.server.url);
  const [material] = await client.upload([new File([uniquePng()], 'a.png')]);
  const path = new URL(String(material?.url)).pathname;
  for (let i = 0; i < 40; i++) await ask(log.server, path);
  for (let i = 0; i < 5; i++) await ask(log.server, '/files/mall/none.png');
  await log.server.stop();
  const lines = (await log.read()).split('\n').filter((line) => line.includes('"/files/*"'));
  expect(lines.filter((line) => line.includes('"status":200'))).toHaveLength(4);
  expect(lines.filter((line) => line.includes('"status":404'))).toHaveLength(5);
});

/** Writes until nothing fits any more. */
async function fillDisk(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(new Uint8Array(4096));
  } catch {
    await file.close();
  }
}
