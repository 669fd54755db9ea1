import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

test('a visitor is nobody, and gets no cookie', async () => {
  const response = await server.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ me { id } }' }),
  });
  expect([response.headers.get('set-cookie'), await response.json()]).toEqual([null, { data: { me: null } }]);
});

test('a wrong password is refused', async () => {
  const login = server.query('mutation { login(username: "admin", password: "wrong") { id } }');
  await expect(login).rejects.toThrow('INVALID_CREDENTIALS');
});

test('what needs a login is refused without one', async () => {
  await expect(server.query('{ files { id } }')).rejects.toThrow('LOGIN_REQUIRED');
  for (const path of ['/files/1', '/exports/files.xlsx']) {
    const response = await server.send(path);
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'LOGIN_REQUIRED' }]);
  }
});

test('a session lasts from login to logout', async () => {
  await server.logIn();
  expect(await server.query<unknown>('{ me { username } }')).toEqual({ me: { username: 'admin' } });
  await server.query('mutation { logout }');
  expect(await server.query<unknown>('{ me { username } }')).toEqual({ me: null });
});
