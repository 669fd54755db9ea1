import { expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../../src/config.ts';
import { consoleCheck } from '../../../src/doctor/checks/console.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

test('a console that is not built, or not as a whole, is told with what to do', async () => {
  await using directory = await temporaryDirectory();
  const look = () => consoleCheck(directory.path).look(parseConfig({}));
  const advice = expect.stringContaining('bun run build');
  expect(await look()).toMatchObject({ state: 'warning', advice });

  const put = (path: string, text: string) => Bun.write(join(directory.path, path), text);
  await put('manifest.json', JSON.stringify({ assets: { 'main-1.js': {} } }));
  await put('index.html', '<!doctype html>');
  await put('assets/main-1.js', '');
  expect(await look()).toMatchObject({ state: 'fine', found: expect.stringMatching(/^built on \d{4}-/) });

  await rm(join(directory.path, 'assets/main-1.js'));
  expect(await look()).toMatchObject({
    state: 'failed',
    found: expect.stringContaining('main-1.js'),
    advice,
  });
});
