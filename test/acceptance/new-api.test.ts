import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = resolve(import.meta.dir, '../..');

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(async () => await directory[Symbol.asyncDispose]());

async function run(command: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, ...command], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { output, errors, exitCode };
}

const newApi = (...args: string[]) =>
  run([join(ROOT, 'src/cli/main.ts'), 'new', 'api', ...args], directory.path);

test('a new project installs, starts and passes its own tests and checks, wherever it is', async () => {
  const target = join(directory.path, 'my 第一 "server"');
  const made = await newApi('my-first.server', target);
  expect([made.errors, made.exitCode]).toEqual(['', 0]);
  expect(made.output).toContain(`Made my-first.server in ${target}`);
  expect((await readdir(target)).sort()).toEqual([
    '.ci',
    '.gitignore',
    'README.md',
    'biome.json',
    'bun.lock',
    'bunfig.toml',
    'drizzle',
    'package.json',
    'schema',
    'src',
    'test',
    'tsconfig.json',
  ]);
  expect(await Bun.file(join(target, 'package.json')).json()).toMatchObject({ name: 'my-first.server' });

  const installed = await run(['install', '--frozen-lockfile'], target);
  expect([installed.errors, installed.exitCode]).toEqual([expect.any(String), 0]);
  const tests = await run(['run', 'test'], target, { ADMIN_PASSWORD: '' });
  expect(tests.errors).toMatch(/^ *[1-9]\d* pass$/m);
  expect(tests.errors).toMatch(/^ *0 fail$/m);
  expect(tests.exitCode).toBe(0);
  const verify = await run(['run', 'verify'], target);
  expect([verify.exitCode === 0 ? '' : verify.output + verify.errors, verify.exitCode]).toEqual(['', 0]);

  const server = Bun.spawn([process.execPath, 'start'], {
    cwd: target,
    env: { ...process.env, PORT: '0', DATA_DIR: join(directory.path, 'data') },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  try {
    let shown = '';
    const reader = server.stdout.getReader();
    while (!/password: \S+\n/.test(shown)) {
      const { value, done } = await reader.read();
      if (done) break;
      shown += new TextDecoder().decode(value);
    }
    const url = /http:\S+(?=\/graphql)/.exec(shown)?.[0];
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok');
  } finally {
    server.kill();
    await server.exited;
  }
}, 180_000);

describe('nothing is made, and one line says why,', () => {
  const expectNothing = async (args: [name: string, dir: string], reason: RegExp) => {
    const before = (await readdir(directory.path)).sort();
    const { output, errors, exitCode } = await newApi(...args);
    expect([output, errors.trimEnd().split('\n').length, exitCode]).toEqual(['', 1, 1]);
    expect(errors).toMatch(reason);
    expect((await readdir(directory.path)).sort()).toEqual(before);
  };

  test('where there is something already', async () => {
    const target = join(directory.path, 'taken');
    await mkdir(target);
    await writeFile(join(target, 'mine'), 'mine');
    await expectNothing(['first', target], /taken cannot be made: there is something already/);
    expect(await readdir(target)).toEqual(['mine']);
    await expectNothing(['first', join(target, 'mine')], /there is something already/);
  });

  test('where a link leads elsewhere', async () => {
    await mkdir(join(directory.path, 'elsewhere'));
    await symlink(join(directory.path, 'elsewhere'), join(directory.path, 'link'));
    await expectNothing(['first', join(directory.path, 'link')], /there is something already/);
    expect(await readdir(join(directory.path, 'elsewhere'))).toEqual([]);
  });

  test('below a file', async () => {
    await writeFile(join(directory.path, 'file'), '');
    await expectNothing(['first', join(directory.path, 'file/below')], /cannot be made/);
  });

  test.each(['', 'My Server', '../first', 'first/second', '.first', 'a"b', '第一'])(
    'for the name %p',
    async (name) => {
      await expectNothing([name, join(directory.path, 'named')], /no name for a package/);
    },
  );
});
