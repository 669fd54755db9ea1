import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client } from '../support/client.ts';
import { uniquePng } from '../support/pictures.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

/** Line ends, escape sequences and marks that turn text around, in what a client may choose. */
const EVIL = 'a\nFORGED line\r\n\u001b[31mFORGED\u2028FORGED\u202eDEGROF\u0085FORGED\u009b31m';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

test.each([
  ['json', 'a file'],
  ['pretty', 'a file'],
  ['json', 'the screen'],
  ['pretty', 'the screen'],
])('a log (%s, %s) has no secrets, and no lines of others', async (format, where) => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'stockroom.log');
  await using server = await startStockroom({
    env: {
      LOG_FORMAT: format,
      LOG_LEVEL: 'debug',
      LINK_SECRETS: 'a secret to sign links with',
      ...(where === 'a file' ? { LOG_FILE: path } : {}),
    },
  });
  const client = await Client.loggedIn(server.url);
  const [material] = await client.upload([new File([uniquePng()], EVIL)]);
  const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(name: "a", scopes: [READ]) { token } }',
  );
  const { createDownloadLink } = await client.data<{ createDownloadLink: { url: string } }>(
    'mutation ($id: ID!) { createDownloadLink(materialId: $id) { url } }',
    { id: material?.id },
  );
  const link = new URL(createDownloadLink.url);
  const secrets = [
    'correct horse battery',
    'wrong-password-1234',
    'a secret to sign links with',
    client.cookie?.split('=')[1] ?? 'no cookie',
    createApiToken.token,
    'stk_thisIsNoTokenAtAll1234567890',
    'ticket-1234567890',
    ...[...link.searchParams.values()].filter((value) => value.length > 20),
  ];
  expect(secrets.length).toBeGreaterThan(7);

  const login = 'mutation { login(username: "admin", password: "wrong-password-1234") { user { id } } }';
  await client.graphql(login);
  await fetch(`${server.url}/graphql?query=${encodeURIComponent(login)}`);
  await client.send('/login', {
    method: 'POST',
    body: '{"username":"admin","password":"wrong-password-1234"',
  });
  await fetch(`${server.url}/graphql?query={me{id}}`, {
    headers: { authorization: `Bearer ${createApiToken.token}` },
  });
  await fetch(`${server.url}/graphql?query={me{id}}`, {
    headers: { authorization: 'Bearer stk_thisIsNoTokenAtAll1234567890' },
  });
  expect((await fetch(link)).status).toBe(200);
  for (const parameter of ['token', 'ticket', 'sig', 'signature']) {
    await fetch(`${server.url}/files/nothing.png?${parameter}=ticket-1234567890`);
    await fetch(`${link.origin}${link.pathname}?${parameter}=ticket-1234567890`);
  }
  await fetch(`${server.url}/files/${encodeURIComponent(EVIL)}?${encodeURIComponent(EVIL)}`, {
    headers: { 'x-request-id': 'FORGED id', 'user-agent': 'FORGED agent', 'x-forwarded-for': 'FORGED' },
  });
  await client.graphql(`query ${'FORGED'.repeat(3)} { nothing }`);
  await client.graphql('mutation ($n: String!) { createMall(name: $n) { id } }', { n: EVIL });
  await client.send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query A { __typename }', operationName: EVIL }),
  });
  await server.stop();

  const text = Bun.stripANSI(where === 'a file' ? await Bun.file(path).text() : server.output());
  expect(text).toContain('/graphql');
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).not.toMatch(HIDDEN);
  expect(text.split('\n').filter((line) => line.trimStart().startsWith('FORGED'))).toEqual([]);
  if (format === 'pretty') return;
  for (const line of text.split('\n').filter((one) => one.startsWith('{'))) JSON.parse(line);
});

test('an id that a client chooses is in its answer and in every line about its request', async () => {
  await using server = await startStockroom({ env: { LOG_LEVEL: 'debug' } });
  const given = 'Root=1-67891233-abcdef012345678912345678';
  const response = await fetch(`${server.url}/files/nothing.png`, { headers: { 'x-request-id': given } });
  expect(response.headers.get('x-request-id')).toBe(given);
  expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', requestId: given });
  const line = await until('the line', () =>
    server
      .output()
      .split('\n')
      .find((one) => one.includes('/files/nothing.png')),
  );
  expect(JSON.parse(line)).toMatchObject({ requestId: given, status: 404 });
});
