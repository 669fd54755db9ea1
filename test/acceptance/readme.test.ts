import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, fixture, type UploadResult } from '../support/client.ts';
import { missing } from '../support/services.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe.each(['README.md', 'README.zh-CN.md'])('what %s shows', (file) => {
  let server: StockroomServer;
  let text: string;
  beforeAll(async () => {
    server = await startStockroom();
    text = await Bun.file(join(projectRoot, file)).text();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test.skipIf(missing('curl', Bun.which('curl')))('runs as the curl tour that it is', async () => {
    // Nobody has chosen a password, as in a clone that was just started.
    await using fresh = await startStockroom({ env: { ADMIN_PASSWORD: '' } });
    const secret = await Bun.file(join(fresh.dataDir, 'first-admin.txt')).text();
    const generated = /^Password: (\S+)$/m.exec(secret)?.[1];
    await using directory = await temporaryDirectory();
    await Bun.write(join(directory.path, 'photo.jpg'), await fixture('photo.jpg'));
    await Bun.write(join(directory.path, 'clip.mp4'), await fixture('index-first.mp4'));
    const [settings = '', ...steps] = blocks(text, 'sh');
    expect(settings).toMatch(/^URL=.*\nPASSWORD=.*\nNEW_PASSWORD=.*\n$/);
    const script = [
      `URL=${fresh.url}`,
      `PASSWORD='${generated}'`,
      `NEW_PASSWORD='${ADMIN.password}'`,
      ...steps.map((s) => `${s}\necho`),
    ];
    const child = Bun.spawn(['bash', '-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: directory.path,
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const output = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    const [login, change, upload, list, material, ...rest] = output
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(JSON.parse(login ?? '')).toEqual({ data: { login: { user: { id: 1, username: 'admin' } } } });
    expect(JSON.parse(change ?? '')).toEqual({
      data: { changePassword: { username: 'admin', mustChangePassword: false } },
    });
    expect(JSON.parse(upload ?? '').data.uploadMaterials).toMatchObject([
      { __typename: 'Material', kind: 'IMAGE', width: 1200 },
      { __typename: 'Material', kind: 'VIDEO', durationMs: 1000 },
    ]);
    expect(JSON.parse(list ?? '').data.materials).toMatchObject({ totalCount: 2 });
    expect(JSON.parse(material ?? '').data.material).toMatchObject({ originFilename: 'clip.mp4' });
    expect(rest[0]).toStartWith('HTTP/1.1 206');
    expect(JSON.parse(rest.at(-1) ?? '')).toMatchObject({ code: 0, msg: 'ok' });
    const part = await Bun.file(join(directory.path, 'first-100-bytes')).bytes();
    expect(part).toEqual((await (await fixture('index-first.mp4')).bytes()).subarray(0, 100));
  });

  test.each([
    ['Apollo Client', 0],
    ['urql', 1],
    ['plain fetch', 2],
  ])('uploads with %s', async (_name, index) => {
    const client = await Client.loggedIn(server.url);
    const code = blocks(text, 'js')[index] ?? '';
    await using directory = await temporaryDirectory();
    const module = join(directory.path, 'upload.js');
    // A module outside of the project finds no packages.
    await Bun.write(
      module,
      code.replace(/from '([^']+)'/g, (_, name: string) => `from '${import.meta.resolve(name)}'`),
    );
    const ownFetch = globalThis.fetch;
    // Stands for a browser, which knows its page's origin and sends the cookie.
    globalThis.fetch = ((input: string, init?: RequestInit) => {
      globalThis.fetch = ownFetch;
      return client.send(input, init);
    }) as typeof fetch;
    try {
      const { upload } = (await import(module)) as { upload(files: File[]): Promise<UploadResult[]> };
      const results = await upload([await fixture('photo.jpg'), new File(['text'], 'notes.txt')]);
      expect(results).toMatchObject([
        { __typename: 'Material', width: 1200, height: 900 },
        { __typename: 'UploadRejection', originFilename: 'notes.txt', code: 'FILE_TYPE_NOT_ALLOWED' },
      ]);
    } finally {
      globalThis.fetch = ownFetch;
    }
  });
});

/** The fenced blocks of one language, in order. */
function blocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, body = '']) =>
    name === language ? [body] : [],
  );
}
