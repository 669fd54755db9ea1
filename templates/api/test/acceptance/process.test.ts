import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { startServer } from '../support/server.ts';

test('a wrong variable stops the start with a line that names it', async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts')], {
    env: { ...process.env, PORT: 'eighty' },
    stderr: 'pipe',
  });
  expect(await new Response(child.stderr).text()).toBe(
    'PORT=eighty: must be a whole number from 0 to 65535\n',
  );
  expect(await child.exited).toBe(1);
});

test('the server is healthy, and logs each request to a file', async () => {
  const log = join(import.meta.dir, `../../data/test-${crypto.randomUUID()}.log`);
  {
    await using server = await startServer({ LOG_FILE: log });
    const response = await server.send('/healthz');
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
  const file = Bun.file(log);
  expect(await file.text()).toContain('"path":"/healthz","status":200');
  await file.delete();
});
