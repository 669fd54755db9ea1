import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { FORM_TYPE, type FormPart, formBody } from '../support/multipart.ts';
import { ApiDocument } from '../support/openapi.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newUser } from '../support/users.ts';

type Values = Readonly<Record<string, unknown>>;

interface Sent {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Every form in which a body of values may come. */
const FORMS: Readonly<Record<string, (values: Values) => Sent>> = {
  'application/json': (values) => ({ type: 'application/json', body: JSON.stringify(values) }),
  'application/x-www-form-urlencoded': (values) => ({
    type: 'application/x-www-form-urlencoded',
    body: new URLSearchParams(textsOf(values)).toString(),
  }),
  'multipart/form-data': (values) => ({
    type: FORM_TYPE,
    body: formBody(Object.entries(textsOf(values)).map(([name, value]) => ({ name, value }))),
  }),
};
const VALUE_TYPES = Object.keys(FORMS);

const PERIOD = { start_time: '2026-01-01', end_time: '2026-01-31' };
const MANY = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`other_${i}`, String(i)]));
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const MISSING = [40_002, '必填参数有缺失'] as const;
const WRONG_LOGIN = [40_002, '账号密码错误，请重试'] as const;
const NO_AVATAR = [53_003, '下载头像失败'] as const;
const WRONG = /^参数有误/;

/** What each route is sent, and the `code` and `msg` of its answer; `ok`: it does what it is for. */
const CASES: Readonly<
  Record<string, Readonly<Record<string, readonly [Values, 'ok' | readonly unknown[]]>>>
> = {
  'POST /login': {
    'right values': [ADMIN, 'ok'],
    'right values among many others': [{ ...MANY, ...ADMIN }, 'ok'],
    'a wrong password': [{ ...ADMIN, password: 'wrong' }, WRONG_LOGIN],
    'no values': [{}, WRONG_LOGIN],
    'no password': [{ username: ADMIN.username }, WRONG_LOGIN],
    'empty texts': [{ username: '', password: '' }, WRONG_LOGIN],
    'a number': [{ username: 1, password: 2 }, WRONG_LOGIN],
    'a NUL': [{ username: 'admin\0', password: ADMIN.password }, WRONG_LOGIN],
    'characters of every kind': [{ username: '管理员 +&=%"\r\n😀', password: 'ü' }, WRONG_LOGIN],
    'names that objects have': [{ ['__proto__']: 'a', constructor: 'b' }, WRONG_LOGIN],
  },
  'POST /avatar': {
    'no values': [{}, NO_AVATAR],
    'an empty address': [{ avatarUrl: '' }, NO_AVATAR],
    'a number': [{ avatarUrl: 5 }, NO_AVATAR],
    'no address': [{ avatarUrl: 'nowhere' }, NO_AVATAR],
    'an address where nobody answers': [{ avatarUrl: 'http://127.0.0.1:1/' }, NO_AVATAR],
  },
  'POST /report/export': {
    'a period': [PERIOD, 'ok'],
    'numbers and truths': [
      { ...PERIOD, report: 'materials', mall_id: 1, uploaded_by: 1, trashed: false },
      'ok',
    ],
    'the same as texts': [
      { ...PERIOD, report: 'materials', mall_id: '1', uploaded_by: '1', trashed: 'false' },
      'ok',
    ],
    'a period among many others': [{ ...MANY, ...PERIOD }, 'ok'],
    'an empty parameter': [{ ...PERIOD, mall_id: '', report: '' }, 'ok'],
    'no values': [{}, MISSING],
    'no end': [{ start_time: '2026-01-01' }, MISSING],
    'an empty end': [{ ...PERIOD, end_time: '' }, MISSING],
    'no time': [{ ...PERIOD, start_time: 'soon' }, [40_002, WRONG]],
    'an end before its start': [{ start_time: '2026-02-01', end_time: '2026-01-01' }, [40_002, WRONG]],
    'no mall': [{ ...PERIOD, mall_id: 'x' }, [40_002, WRONG]],
    'a mall that is not there': [{ ...PERIOD, mall_id: 999 }, [40_002, /^资源不存在/]],
    'a report that is not there': [{ ...PERIOD, report: 'none' }, [40_002, /^资源不存在/]],
    'no choice': [{ ...PERIOD, report: 'materials', kind: 'TEXT' }, [40_002, WRONG]],
    'a text that is too long': [{ ...PERIOD, report: 'materials', name: 'a'.repeat(1025) }, [40_002, WRONG]],
    'a NUL': [{ ...PERIOD, report: 'materials', name: 'a\0' }, [40_002, WRONG]],
  },
};

let server: StockroomServer;
let admin: Client;
let api: ApiDocument;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
  api = await ApiDocument.of(server.url);
});
afterAll(async () => await server[Symbol.asyncDispose]());

test('every route that takes values is here', () => {
  const taking = api.operations.filter(([, { requestBody }]) => requestBody?.content['application/json']);
  expect(taking.map(([name]) => name).sort()).toEqual(Object.keys(CASES).sort());
});

test('every route that takes a body takes values in each form, or files in the one that can bring them', () => {
  const bodies = api.operations.flatMap(([name, { requestBody }]) =>
    requestBody ? [[name, Object.keys(requestBody.content)] as const] : [],
  );
  expect(bodies.length).toBeGreaterThan(5);
  for (const [name, types] of bodies) {
    expect([name, types]).toEqual([name, name in CASES ? VALUE_TYPES : ['multipart/form-data']]);
  }
});

describe.each(Object.entries(CASES))('%s', (route, cases) => {
  describe.each(Object.entries(FORMS))('with %s', (_type, write) => {
    test.each(Object.entries(cases))('answers %s', async (_what, [values, expected]) => {
      const response = await post(route, write(values));
      expect(response.status).toBe(200);
      if (expected === 'ok' && response.headers.get('content-type') === XLSX) {
        expect((await response.bytes()).byteLength).toBeGreaterThan(1000);
        return;
      }
      const { code, msg } = (await response.json()) as { code: number; msg: string };
      const [wantedCode, wantedText] = expected === 'ok' ? [0, 'ok'] : expected;
      const text = wantedText instanceof RegExp ? expect.stringMatching(wantedText) : wantedText;
      expect([code, msg]).toEqual([wantedCode, text]);
    });
  });

  test('answers all forms of the same values in the same words', async () => {
    for (const [what, [values, expected]] of Object.entries(cases)) {
      if (expected === 'ok') continue;
      const answers = [];
      for (const write of Object.values(FORMS)) answers.push(await (await post(route, write(values))).text());
      expect([what, ...new Set(answers)]).toEqual([what, answers[0] ?? '']);
    }
  });

  test.each([
    ['application/json', '{"a":'],
    ['application/json', ''],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/json', '"text"'],
    ['application/json', 'a=b'],
    ['text/xml', '<a/>'],
    [FORM_TYPE, 'no form'],
    [FORM_TYPE, ''],
    ['multipart/form-data', 'a=b'],
    ['multipart/form-data; boundary=', '--'],
  ])('answers 40001 to a body of %s that cannot be read: %s', async (type, body) => {
    const response = await post(route, { type, body });
    expect([response.status, await response.json()]).toEqual([
      200,
      { code: 40_001, msg: expect.any(String) },
    ]);
  });

  test.each(Object.entries(FORMS))('answers 413 to more than 64 KiB of %s', async (_type, write) => {
    const response = await post(route, write({ a: 'a'.repeat(70_000) }));
    expect([response.status, await response.json()]).toMatchObject([413, { msg: expect.any(String) }]);
  });

  test('takes the type of a form however it is written', async () => {
    const answers = [];
    for (const type of [
      'application/x-www-form-urlencoded',
      'Application/X-WWW-Form-Urlencoded; Charset=UTF-8',
    ]) {
      answers.push(await (await post(route, { type, body: 'start_time=x&end_time=y' })).text());
    }
    expect(answers[1]).toBe(answers[0] ?? '');
    expect(answers[0]).not.toContain('40001');
  });
});

test('of several values of one name the last one counts, in every form', async () => {
  const { username, password } = await newUser(admin);
  const parts: FormPart[] = [
    { name: 'username', value: username },
    { name: 'password', value: 'wrong' },
    { name: 'password', value: password },
  ];
  for (const sent of [
    {
      type: 'application/json',
      body: `{"username":"${username}","password":"wrong","password":"${password}"}`,
    },
    {
      type: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(parts.map(({ name, value }) => [name, String(value)])).toString(),
    },
    { type: FORM_TYPE, body: formBody(parts) },
  ]) {
    expect(await (await post('POST /login', sent)).json()).toMatchObject({ code: 0, data: { username } });
  }
});

test('a file in a form is no value', async () => {
  const body = new FormData();
  body.set('username', ADMIN.username);
  body.set('password', ADMIN.password);
  body.append('password', await fixture('tiny.gif'));
  const response = await fetch(`${server.url}/login`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ code: 0 });
});

async function post(route: string, { type, body }: Sent): Promise<Response> {
  // A login changes the cookie of whoever asks.
  const client = new Client(server.url);
  if (admin.cookie !== undefined && route !== 'POST /login') client.cookie = admin.cookie;
  const path = route.slice('POST '.length);
  return await client.send(path, { method: 'POST', headers: { 'content-type': type }, body });
}

function textsOf(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
