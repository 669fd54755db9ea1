import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { validate } from '@readme/openapi-parser';
import { CONSOLE_ASSETS, CONSOLE_PAGES } from '../../src/api/http/console-routes.ts';
import { modifierNames } from '../../src/services/material/variant/modifiers.ts';
import { Client, fixture } from '../support/client.ts';
import { ApiDocument } from '../support/openapi.ts';
import { routeNames } from '../support/routes.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newUser } from '../support/users.ts';

/** Pages for people, what they are made of, and GraphQL, which has a schema of its own. */
const NOT_REST = [
  ...[...CONSOLE_PAGES, CONSOLE_ASSETS, '/reference', '/reference/:file', '/graphql'].map(
    (path) => `GET ${path}`,
  ),
  'POST /graphql',
];
const PERIOD = { startTime: '2026-01-01', endTime: '2026-12-31' };

let server: StockroomServer;
let admin: Client;
let api: ApiDocument;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
  api = await ApiDocument.of(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

describe('/openapi.json', () => {
  test('is a valid document of OpenAPI 3.1', async () => {
    const copy = structuredClone(api.document) as unknown as Parameters<typeof validate>[0];
    expect(await validate(copy)).toMatchObject({ valid: true, warnings: [] });
    expect(api.document.openapi).toStartWith('3.1.');
    expect(api.document.info.description).toContain('/graphql');
  });

  test('has every route of the server, and no other', () => {
    const routes = routeNames().filter((name) => !NOT_REST.includes(name));
    const described = api.operations.map(([name]) => {
      const sample = name.replace(/\{\w+\}/g, '1');
      return [name, routes.find((route) => patternOf(route).test(sample))] as const;
    });
    expect(described.filter(([, route]) => route === undefined)).toEqual([]);
    expect([...new Set(described.map(([, route]) => route))].sort()).toEqual(routes.toSorted());
  });

  test('says of each what it does, in so few words that they fit on a line', () => {
    for (const [name, { summary, operationId }] of api.operations) {
      expect([name, summary.length > 5 && summary.length < 80, operationId.length > 0]).toEqual([
        name,
        true,
        true,
      ]);
    }
  });

  test('names the ways to say who one is', () => {
    expect(api.document.components.securitySchemes).toMatchObject({
      session: { type: 'apiKey', in: 'cookie', name: admin.cookie?.split('=')[0] ?? '' },
      token: { type: 'http', scheme: 'bearer' },
    });
  });

  test('is for everybody, and sent once: a client that has it is told so', async () => {
    const first = await fetch(`${server.url}/openapi.json`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(Number(first.headers.get('content-length'))).toBe((await first.bytes()).byteLength);
    const again = await fetch(`${server.url}/openapi.json`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(`${server.url}/openapi.json`, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
  });

  test('leaves out what is switched off', async () => {
    await using bare = await startStockroom({ env: { METRICS: 'off', GRAPHQL_INTROSPECTION: 'off' } });
    const { paths } = (await ApiDocument.of(bare.url)).document;
    expect(Object.keys(paths)).toContain('/healthz');
    expect(Object.keys(paths)).not.toContain('/metrics');
    expect(Object.keys(paths)).not.toContain('/schema.graphql');
  });
});

describe('the parameters', () => {
  test('of reports are those that each report has', async () => {
    const { reports } = await admin.data<{ reports: { name: string; filters: { name: string }[] }[] }>(
      '{ reports { name filters { name } } }',
    );
    expect(reports.length).toBeGreaterThan(3);
    const common = ['startTime', 'endTime', 'mallId', 'timeZone', 'lang', 'thumbnails', 'ticket'];
    for (const { name, filters } of reports) {
      for (const extension of ['xlsx', 'csv']) {
        const described = api.query(`GET /exports/${name}.${extension}`).map((parameter) => parameter.name);
        expect(described.toSorted()).toEqual([...common, ...filters.map((filter) => filter.name)].sort());
      }
    }
  });

  test('of reports are taken by the server, within their limits and not beyond', async () => {
    for (const [name] of api.operations.filter(([name]) => /^GET \/exports\/[\w-]+\.csv$/.test(name))) {
      const path = name.slice('GET '.length);
      for (const { name: parameter, schema } of api.query(name)) {
        if (parameter === 'ticket' || schema.pattern !== undefined) continue;
        const ask = async (value: string) => {
          const query = new URLSearchParams({ ...PERIOD, [parameter]: value });
          const response = await admin.send(`${path}?${query}`, { method: 'HEAD' });
          return [path, parameter, value, response.status];
        };
        for (const value of valid(parameter, schema)) {
          expect(await ask(value)).toEqual([path, parameter, value, 200]);
        }
        for (const value of invalid(schema)) {
          expect(await ask(value)).toEqual([path, parameter, value, 400]);
        }
      }
    }
  });

  test('of pictures are those that make one, within their limits', async () => {
    const [material] = await admin.upload([await fixture('plain.png')]);
    const parameters = api.query('GET /files/{basePath}');
    expect(parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...modifierNames, 'v', 'download', 'poster', 'expires', 'signature']),
    );
    for (const { name, schema } of parameters.filter(({ name }) => isModifier(name))) {
      const ask = async (value: string) => {
        const query = new URLSearchParams({ [name]: value });
        const response = await fetch(`${server.url}/files${material?.basePath}?${query}`);
        await response.bytes();
        return [name, value, response.status];
      };
      for (const value of valid(name, schema).slice(0, 3)) {
        expect(await ask(value)).toEqual([name, value, 200]);
      }
      for (const value of [...invalid(schema), 'nonsense']) {
        expect(await ask(value)).toEqual([name, value, 400]);
      }
    }
  });

  test('of QR codes have the limits that the server has', async () => {
    const [text, size] = api.query('GET /qr.svg');
    expect([text?.name, size?.name]).toEqual(['text', 'size']);
    for (const [query, status] of [
      ...valid('size', size?.schema ?? {}).map((value) => [{ text: 'a', size: value }, 200] as const),
      ...invalid(size?.schema ?? {}).map((value) => [{ text: 'a', size: value }, 400] as const),
      ...valid('text', text?.schema ?? {}).map((value) => [{ text: value }, 200] as const),
      ...invalid(text?.schema ?? {}).map((value) => [{ text: value }, 400] as const),
    ]) {
      const response = await admin.send(`/qr.svg?${new URLSearchParams({ ...query })}`);
      expect([query, response.status]).toEqual([query, status]);
    }
  });

  test('of archives are all that the route knows', async () => {
    const name = 'GET /malls/{mallId}/materials.zip';
    expect(api.query(name).map((parameter) => parameter.name)).toEqual([
      'id',
      'kind',
      'folder',
      'tag',
      'name',
    ]);
    for (const { name: parameter, schema } of api.query(name)) {
      const value = valid(parameter, schema)[0] ?? crypto.randomUUID();
      const response = await admin.send(
        `/malls/1/materials.zip?${new URLSearchParams({ [parameter]: value })}`,
      );
      expect([parameter, [200, 404].includes(response.status)]).toEqual([parameter, true]);
      await response.body?.cancel();
    }
    expect((await admin.send('/malls/1/materials.zip?page=1')).status).toBe(400);
  });
});

describe('real answers are as they are described', () => {
  const ask = async (name: string, path: string, init?: RequestInit, client = admin) =>
    expect(await api.faults(name, await client.send(path, init))).toEqual([]);
  const posted = (body: object): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const form = async (field: string, ...names: string[]): Promise<RequestInit> => {
    const body = new FormData();
    for (const name of names) body.append(field, await fixture(name));
    return { method: 'POST', body };
  };

  test('of the server itself', async () => {
    const visitor = new Client(server.url);
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/schema.graphql', '/metrics']) {
      await ask(`GET ${path}`, path);
    }
    await ask('GET /metrics', '/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } }, visitor);
  });

  test('of what is read', async () => {
    const visitor = new Client(server.url);
    const [material] = await admin.upload([await fixture('plain.png')]);
    const path = `/files${material?.basePath}`;
    await ask('GET /files/{basePath}', path);
    await ask('GET /files/{basePath}', path, { headers: { range: 'bytes=0-9' } });
    await ask('GET /files/{basePath}', path, { headers: { range: 'bytes=0-9,20-29' } });
    await ask('GET /files/{basePath}', path, { headers: { range: 'bytes=99999999-' } });
    await ask('GET /files/{basePath}', path, { headers: { 'if-none-match': '*' } });
    await ask('GET /files/{basePath}', path, { headers: { 'if-match': '"other"' } });
    await ask('GET /files/{basePath}', `${path}?w=10&format=webp`);
    await ask('GET /files/{basePath}', `${path}?w=nonsense`);
    await ask('GET /files/{basePath}', '/files/none');
    const zip = 'GET /malls/{mallId}/materials.zip';
    await ask(zip, `/malls/1/materials.zip?id=${material?.id}`);
    await ask(zip, '/malls/1/materials.zip');
    await ask(zip, '/malls/999/materials.zip?kind=IMAGE');
    await ask(zip, '/malls/1/materials.zip?kind=IMAGE', {}, visitor);
    for (const kind of ['svg', 'png']) {
      await ask(`GET /qr.${kind}`, `/qr.${kind}?text=a`);
      await ask(`GET /qr.${kind}`, `/qr.${kind}`);
      await ask(`GET /qr.${kind}`, `/qr.${kind}?text=a`, {}, visitor);
    }
    const exported = 'GET /exports/materials.csv';
    await ask(exported, `/exports/materials.csv?${new URLSearchParams(PERIOD)}`);
    await ask(exported, '/exports/materials.csv');
    await ask(exported, '/exports/materials.csv?ticket=x');
    await ask(exported, `/exports/materials.csv?${new URLSearchParams(PERIOD)}`, {}, visitor);
    await ask('GET /exports/jobs/{id}', `/exports/jobs/${crypto.randomUUID()}`);
    const bearer = { headers: { authorization: 'Bearer nobody' } };
    await ask(exported, `/exports/materials.csv?${new URLSearchParams(PERIOD)}`, bearer, visitor);
  });

  test('of the legacy routes', async () => {
    const { client, username, password } = await newUser(admin);
    await ask('POST /login', '/login', posted({ username, password }), client);
    await ask('POST /login', '/login', posted({ username, password: 'another one' }), client);
    await ask('POST /login', '/login', { method: 'POST', body: '{' }, client);
    await ask('POST /login', '/login', posted({ username: 'a'.repeat(70_000) }), client);
    const foreign = { ...posted({ username, password }), headers: { origin: 'https://evil.example.com' } };
    await ask('POST /login', '/login', foreign, client);
    await ask('POST /avatar', '/avatar', posted({ avatarUrl: 'http://127.0.0.1:1/' }), client);
    await ask(
      'POST /malls/{mall_id}/upload_batch',
      '/malls/1/upload_batch',
      await form('a', 'tiny.gif', 'page-html.jpg'),
    );
    await ask('POST /malls/{mall_id}/upload_batch', '/malls/1/upload_batch', posted({}));
    await ask('POST /{mall_id}/upload_batch', '/1/upload_batch', await form('a', 'plain.mp3'));
    await ask('POST /cms/template', '/cms/template', await form('img', 'tiny.gif'));
    await ask('POST /cms/template', '/cms/template', await form('img', 'tiny.gif'), client);
    await ask(
      'POST /report/export',
      '/report/export',
      posted({ start_time: '2026-01-01', end_time: '2026-02-01' }),
    );
    await ask('POST /report/export', '/report/export', posted({}));
    await ask('POST /logout', '/logout', { method: 'POST' }, client);
  });
});

/** What Hono's pattern matches. */
function patternOf(route: string): RegExp {
  const source = route
    .replaceAll('.', '\\.')
    .replace(/:\w+\{([^}]*)\}/g, '$1')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.+');
  return new RegExp(`^${source}$`);
}

function isModifier(name: string): boolean {
  return modifierNames.some((modifier) => modifier === name);
}

type Described = Readonly<Record<string, unknown>>;

/** Values that a schema lets in, at its limits. */
function valid(name: string, schema: Described): readonly string[] {
  if (name === 'startTime' || name === 'endTime') return ['2026-06-01'];
  if (name === 'timeZone') return ['Asia/Shanghai'];
  if (name === 'mallId') return ['1'];
  if (name === 'thumbnails') return ['false'];
  if (name === 'focus') return ['0.25,1', 'attention', 'center'];
  if (name === 'bg') return ['fff', '#336699', 'transparent'];
  const { type, enum: choices, minimum, maximum, minLength, maxLength } = schema;
  if (Array.isArray(choices)) return choices.map(String);
  if (type === 'boolean') return ['true', 'false'];
  if (type === 'integer' || type === 'number') return [String(minimum ?? 0), String(maximum ?? 1)];
  if (type === 'array') return [];
  return ['a', 'a'.repeat(Number(maxLength ?? 10)), ...(minLength === undefined ? [''] : [])];
}

/** Values that a schema does not let in, next to its limits. */
function invalid({
  type,
  enum: choices,
  minimum,
  maximum,
  minLength,
  maxLength,
}: Described): readonly string[] {
  if (Array.isArray(choices) || type === 'boolean') return ['other'];
  if (type === 'integer' || type === 'number') {
    return [
      'x',
      '',
      String(Number(minimum) - 1),
      ...(maximum === undefined ? [] : [String(Number(maximum) + 1)]),
    ];
  }
  return [
    ...(maxLength === undefined ? [] : ['a'.repeat(Number(maxLength) + 1)]),
    ...(minLength === undefined ? [] : ['']),
  ];
}
