import { expect, test } from 'bun:test';
import { Hono } from 'hono';
import { consoleRoutes } from '../../../../src/api/http/console-routes.ts';
import type { HttpEnv } from '../../../../src/api/http/env.ts';

test('a console that was not built says what to do, and that it is not there yet', async () => {
  const { page } = consoleRoutes({ graphiql: false }, `${import.meta.dir}/nothing`);
  const answer = await new Hono<HttpEnv>().get('/', page).request('/');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8']);
  expect(await answer.text()).toContain('bun run build');
});
