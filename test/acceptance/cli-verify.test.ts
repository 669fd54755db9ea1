import { expect, test } from 'bun:test';
import { open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../support/cli.ts';
import { Client } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { uniquePng } from '../support/pictures.ts';
import { startStockroom } from '../support/stockroom.ts';

test('verify names each file that is missing, cut or has a flipped byte, and no other', async () => {
  await using server = await startStockroom();
  const env = { DATA_DIR: server.dataDir };
  const client = await Client.loggedIn(server.url);
  await client.upload(Array.from({ length: 4 }, (_, i) => new File([uniquePng()], `${i}.png`)));
  const whole = await runCli(['verify'], { env });
  expect([whole.exitCode, whole.stdout]).toEqual([0, expect.stringMatching(/^Read 4 files, /)]);

  const [missing = '', cut = '', flipped = ''] = filesBelow(join(server.dataDir, 'files'));
  const pathOf = (key: string) => join(server.dataDir, 'files', key);
  await rm(pathOf(missing));
  await truncate(pathOf(cut), 20);
  const file = await open(pathOf(flipped), 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, 40);
  byte.writeUInt8((byte[0] ?? 0) ^ 1);
  await file.write(byte, 0, 1, 40);
  await file.close();

  const { exitCode, stdout, stderr } = await runCli(['verify'], { env });
  expect(exitCode).toBe(1);
  const told = stdout.trim().split('\n');
  expect(told.slice(0, -1).sort()).toEqual(
    [`Missing: ${missing}`, `Other bytes than came: ${flipped}`, `Wrong size: ${cut}`].sort(),
  );
  expect(stderr).toContain('3 of 4 files');
});
