import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type postgres from 'postgres';
import { type AuditRow, newAuditRows } from '../support/audit.ts';
import { runCli } from '../support/cli.ts';
import { Client, fixture } from '../support/client.ts';
import { each, replace } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { openSql } from '../support/sql.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { newMall, newUser, setMember, type TestUser } from '../support/users.ts';

let server: StockroomServer;
let admin: Client;
let sql: postgres.Sql;
/** Somebody to change. */
let user: TestUser;
beforeAll(async () => {
  server = await startStockroom();
  admin = await Client.loggedIn(server.url);
  sql = await openSql(server, {});
  user = await newUser(admin);
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server[Symbol.asyncDispose]();
});

type Expected = Partial<AuditRow> & Pick<AuditRow, 'action'>;

const newMaterial = async (name = 'a.png', mallId = 1): Promise<string> => {
  const [material] = await admin.upload([new File([uniquePng()], name)], { mallId });
  return String(material?.id);
};
const newToken = async (mallId: number | null) => {
  const { createApiToken } = await admin.data<{ createApiToken: { apiToken: { id: string } } }>(
    'mutation ($mallId: Int) { createApiToken(name: "nightly", scopes: READ, mallId: $mallId) { apiToken { id } } }',
    { mallId },
  );
  return createApiToken.apiToken.id;
};
const UPDATE_USER = `mutation ($id: Int!, $name: String, $role: UserRole, $disabled: Boolean) {
  updateUser(id: $id, username: $name, role: $role, disabled: $disabled) { id }
}`;
const UPDATE_MALL = 'mutation ($id: Int!, $name: String) { updateMall(id: $id, name: $name) { id } }';
const UPDATE_MATERIAL = `mutation ($id: ID!, $input: UpdateMaterialInput!) {
  updateMaterial(id: $id, input: $input) { id }
}`;

/** Prepares, and gives what to do and which events that leaves. */
type Case = () => Promise<{ act: () => Promise<unknown>; leaves: readonly Expected[] }>;

const cases: Readonly<Record<string, Case>> = {
  uploadMaterials: async () => ({
    act: () => newMaterial('new.png'),
    leaves: [
      {
        action: 'material.created',
        mall: 1,
        name: 'new.png',
        data: { source: 'UPLOAD', sha256: expect.any(String) },
      },
    ],
  }),
  'an upload of a site file': async () => ({
    act: async () => {
      const body = new FormData();
      body.set('img', await fixture('tiny.gif', 'banner.gif'));
      expect((await admin.send('/cms/template', { method: 'POST', body })).status).toBeLessThan(300);
    },
    leaves: [
      { action: 'material.created', mall: null, data: expect.objectContaining({ source: 'TEMPLATE' }) },
    ],
  }),
  updateMaterial: async () => {
    const id = await newMaterial();
    const input = {
      originFilename: 'b.png',
      folder: 'spring',
      tags: ['red'],
      visibility: 'PRIVATE',
      focalPoint: { x: 0.5, y: 0.25 },
    };
    const changes = {
      originFilename: { before: 'a.png', after: 'b.png' },
      folder: { before: '', after: 'spring' },
      tags: { before: [], after: ['red'] },
      visibility: { before: 'PUBLIC', after: 'PRIVATE' },
      focalPoint: { before: null, after: { x: 0.5, y: 0.25 } },
    };
    return {
      act: () => admin.data(UPDATE_MATERIAL, { id, input }),
      leaves: [{ action: 'material.updated', mall: 1, subject: id, name: 'b.png', data: { changes } }],
    };
  },
  'updateMaterial with what holds already': async () => {
    const id = await newMaterial();
    return { act: () => admin.data(UPDATE_MATERIAL, { id, input: { folder: '', tags: [] } }), leaves: [] };
  },
  'updateMaterials of two, one of which is so already': async () => {
    const [one, two] = [await newMaterial(), await newMaterial()];
    await admin.data(UPDATE_MATERIAL, { id: two, input: { tags: ['x'] } });
    return {
      act: () =>
        admin.data('mutation ($ids: [ID!]!) { updateMaterials(ids: $ids, addTags: ["x"]) { code } }', {
          ids: [one, two],
        }),
      leaves: [
        {
          action: 'material.updated',
          subject: one,
          data: { changes: { tags: { before: [], after: ['x'] } } },
        },
      ],
    };
  },
  replaceMaterial: async () => {
    const id = await newMaterial();
    const sha256 = { before: expect.any(String), after: expect.any(String) };
    return {
      act: () => replace(admin, id, new File([uniquePng()], 'c.png')),
      leaves: [
        {
          action: 'material.replaced',
          mall: 1,
          subject: id,
          data: { changes: { sha256, originFilename: { before: 'a.png', after: 'c.png' } } },
        },
      ],
    };
  },
  'deleteMaterials, and once more': async () => {
    const id = await newMaterial();
    return {
      act: async () => {
        await each(admin, 'deleteMaterials', [id]);
        await each(admin, 'deleteMaterials', [id]);
      },
      leaves: [{ action: 'material.deleted', mall: 1, subject: id, name: 'a.png', data: null }],
    };
  },
  'restoreMaterials and purgeMaterials': async () => {
    const [one, two] = [await newMaterial(), await newMaterial()];
    await each(admin, 'deleteMaterials', [one, two]);
    return {
      act: async () => {
        await each(admin, 'restoreMaterials', [one]);
        await each(admin, 'purgeMaterials', [two]);
      },
      leaves: [
        { action: 'material.restored', mall: 1, subject: one },
        { action: 'material.purged', mall: 1, subject: two, name: 'a.png' },
      ],
    };
  },
  createDownloadLink: async () => {
    const id = await newMaterial();
    return {
      act: () =>
        admin.data('mutation ($id: ID!) { createDownloadLink(materialId: $id, width: 40) { url } }', { id }),
      leaves: [
        {
          action: 'link.created',
          mall: 1,
          subject: id,
          data: { expiresAt: expect.any(String), download: true, variant: expect.any(Object) },
        },
      ],
    };
  },
  createMall: async () => ({
    act: () => newMall(admin, 'Harbour'),
    leaves: [
      { action: 'mall.created', mall: expect.any(Number), name: 'Harbour', data: { quotaBytes: null } },
    ],
  }),
  'updateMall, and once more': async () => {
    const id = await newMall(admin, 'Harbour');
    return {
      act: async () => {
        await admin.data(UPDATE_MALL, { id, name: 'North Gate' });
        await admin.data(UPDATE_MALL, { id, name: 'North Gate' });
      },
      leaves: [
        {
          action: 'mall.updated',
          mall: id,
          subject: String(id),
          data: { changes: { name: { before: 'Harbour', after: 'North Gate' } } },
        },
      ],
    };
  },
  deleteMall: async () => {
    const id = await newMall(admin, 'Harbour');
    return {
      act: () => admin.data('mutation ($id: Int!) { deleteMall(id: $id) }', { id }),
      leaves: [{ action: 'mall.deleted', mall: null, subject: String(id), name: 'Harbour' }],
    };
  },
  'setMallMember, twice with another role, and removeMallMember': async () => {
    const of = { mall: 1, subject: String(user.id), name: user.username };
    const role = (before: unknown, after: unknown) => ({ changes: { role: { before, after } } });
    return {
      act: async () => {
        for (const next of ['VIEWER', 'EDITOR', 'EDITOR']) await setMember(admin, 1, user.id, next);
        await admin.data('mutation ($id: Int!) { removeMallMember(mallId: 1, userId: $id) }', {
          id: user.id,
        });
      },
      leaves: [
        { ...of, action: 'member.set', data: role(null, 'VIEWER') },
        { ...of, action: 'member.set', data: role('VIEWER', 'EDITOR') },
        { ...of, action: 'member.removed', data: role('EDITOR', null) },
      ],
    };
  },
  createUser: async () => ({
    act: () => admin.data('mutation { createUser(username: "li.na", role: MEMBER) { user { id } } }'),
    leaves: [{ action: 'user.created', mall: null, name: 'li.na', data: { role: 'MEMBER' } }],
  }),
  updateUser: async () => {
    const { id, username } = await newUser(admin);
    const changes = {
      username: { before: username, after: `${username}!` },
      role: { before: 'MEMBER', after: 'ADMIN' },
    };
    return {
      act: async () => {
        await admin.data(UPDATE_USER, { id, name: `${username}!`, role: 'ADMIN', disabled: true });
        await admin.data(UPDATE_USER, { id, disabled: true });
        await admin.data(UPDATE_USER, { id, disabled: false });
      },
      leaves: [
        { action: 'user.updated', subject: String(id), name: `${username}!`, data: { changes } },
        { action: 'user.disabled', subject: String(id), data: null },
        { action: 'user.enabled', subject: String(id), data: null },
      ],
    };
  },
  resetPassword: async () => ({
    act: () =>
      admin.data('mutation ($id: Int!) { resetPassword(userId: $id) { user { id } } }', { id: user.id }),
    leaves: [{ action: 'user.password-reset', subject: String(user.id), data: null }],
  }),
  createApiToken: async () => ({
    act: () => newToken(1),
    leaves: [
      { action: 'api-token.created', mall: 1, name: 'nightly', data: { scopes: ['READ'], expiresAt: null } },
    ],
  }),
  revokeApiToken: async () => {
    const id = await newToken(null);
    return {
      act: () => admin.data('mutation ($id: ID!) { revokeApiToken(id: $id) }', { id }),
      leaves: [{ action: 'api-token.revoked', mall: null, subject: id, name: 'nightly' }],
    };
  },
  revokeSession: async () => {
    await Client.loggedIn(server.url);
    const { sessions } = await admin.data<{ sessions: { id: string; current: boolean }[] }>(
      '{ sessions { id current } }',
    );
    const id = sessions.find(({ current }) => !current)?.id;
    return {
      act: () => admin.data('mutation ($id: ID!) { revokeSession(id: $id) }', { id }),
      leaves: [{ action: 'user.session-revoked', subject: '1', data: { session: expect.any(Object) } }],
    };
  },
};

test.each(Object.entries(cases))('%s leaves exactly its events, and who it was', async (_, prepare) => {
  const { act, leaves } = await prepare();
  const rows = await newAuditRows(sql, act);
  expect(rows).toEqual(
    leaves.map((event) => expect.objectContaining({ actor: 1, address: '127.0.0.1', token: null, ...event })),
  );
  for (const { request } of rows) expect(request).toMatch(/^[\w-]{10,}$/);
});

describe('of accounts', () => {
  test('a login, a change of the password and the end of all sessions leave one each', async () => {
    const { id, username, password } = await newUser(admin);
    const rows = await newAuditRows(sql, async () => {
      const client = await Client.loggedIn(server.url, { username, password });
      const variables = { old: password, new: `another ${password}` };
      await client.data(
        'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { id } }',
        variables,
      );
      await client.data('mutation { logoutEverywhere }');
    });
    const of = { actor: id, subject: String(id), name: username, data: null };
    expect(rows).toEqual([
      expect.objectContaining({ ...of, action: 'user.logged-in' }),
      expect.objectContaining({ ...of, action: 'user.password-changed' }),
      expect.objectContaining({ ...of, action: 'user.logged-out-everywhere' }),
    ]);
    expect(JSON.stringify(rows)).not.toContain(password);
  });

  test('a login that fails leaves one where there is such an account, and never more than tries', async () => {
    const { id, username } = await newUser(admin);
    const failing = async (name: string) => {
      const login = 'mutation ($name: String!) { login(username: $name, password: "no") { user { id } } }';
      return (await admin.graphql(login, { name })).errors?.[0]?.extensions.code;
    };
    const codes: unknown[] = [];
    const rows = await newAuditRows(sql, async () => {
      expect(await failing('nobody at all')).toBe('INVALID_CREDENTIALS');
      for (let tries = 0; tries < 22; tries++) codes.push(await failing(username));
      const written = async () => {
        const [row] = await sql`
          select count(*)::int as rows from audit_events where action = 'user.login-failed' and subject_id = ${String(id)}`;
        return row?.rows === 20 || undefined;
      };
      await until('the failures to be written', written);
    });
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
    expect(rows).toHaveLength(20);
    const event = { action: 'user.login-failed', actor: null, subject: String(id), address: '127.0.0.1' };
    for (const row of rows) expect(row).toMatchObject(event);
  });

  test('what a script does names its token', async () => {
    const { createApiToken } = await admin.data<{
      createApiToken: { token: string; apiToken: { id: string } };
    }>('mutation { createApiToken(name: "script", scopes: [WRITE]) { token apiToken { id } } }');
    const id = await newMaterial();
    const rows = await newAuditRows(sql, async () => {
      const query = 'mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { code } }';
      const headers = { authorization: `Bearer ${createApiToken.token}` };
      await new Client(server.url).graphql(query, { ids: [id] }, headers);
    });
    expect(rows).toMatchObject([{ action: 'material.deleted', actor: 1, token: createApiToken.apiToken.id }]);
  });

  test('commands have no actor and say what they are', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'users.csv');
    const rowsOf = async (...args: string[]) =>
      await newAuditRows(sql, async () => {
        const { exitCode, stderr } = await runCli(args, {
          env: { DATA_DIR: server.dataDir },
          input: 'a password of a command\n',
        });
        expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
      });
    const cli = (action: string, data: object = {}) =>
      expect.objectContaining({ action, actor: null, address: null, data: { ...data, via: 'cli' } });
    expect(await rowsOf('user', 'add', 'bob')).toEqual([cli('user.created', { role: 'MEMBER' })]);
    expect(await rowsOf('user', 'disable', 'bob')).toEqual([cli('user.disabled')]);
    expect(await rowsOf('user', 'enable', 'bob')).toEqual([cli('user.enabled')]);
    expect(await rowsOf('user', 'password', 'bob')).toEqual([cli('user.password-reset')]);
    expect(await rowsOf('mall', 'add', 'By hand')).toEqual([cli('mall.created', { quotaBytes: null })]);

    const role = (before: string | null, after: string) => ({ changes: { role: { before, after } } });
    await Bun.write(
      file,
      'username,password,malls\ncara,a password of cara,1:VIEWER\ndan,a password of dan,\n',
    );
    expect(await rowsOf('user', 'import', file)).toEqual([
      cli('user.created', { role: 'MEMBER', imported: true }),
      cli('user.created', { role: 'MEMBER', imported: true }),
      cli('member.set', role(null, 'VIEWER')),
    ]);
    await Bun.write(file, 'username,password,role,malls\ncara,a password of cara,ADMIN,1:OWNER\n');
    expect(await rowsOf('user', 'import', file, '--update')).toEqual([
      cli('user.updated', role('MEMBER', 'ADMIN')),
      cli('member.set', role('VIEWER', 'OWNER')),
    ]);
  });
});

test('the first start tells the first administrator and the first mall', async () => {
  const rows = await sql`
    select action, actor_id, subject_name from audit_events where request_id is null and data->>'via' is null
    order by at, id limit 2`;
  expect([...rows]).toEqual([
    { action: 'user.created', actor_id: null, subject_name: ADMIN.username },
    { action: 'mall.created', actor_id: null, subject_name: 'Main' },
  ]);
});

test('an upload of fifty files adds fifty events; long names and lists are cut, halves of characters mended', async () => {
  const long = `${'長'.repeat(340)}.png`;
  const files = Array.from({ length: 49 }, (_, i) => new File([uniquePng()], `${i}.png`));
  let id = '';
  const created = await newAuditRows(sql, async () => {
    const materials = await admin.upload([new File([uniquePng()], long), ...files]);
    id = String(materials[0]?.id);
  });
  expect(created).toHaveLength(50);
  expect(created[0]?.name).toBe(`${long.slice(0, 299)}…`);
  const tags = Array.from({ length: 50 }, (_, i) => `${i}${'\u{1f600}'.repeat(98)}`);
  const [updated] = await newAuditRows(sql, () => admin.data(UPDATE_MATERIAL, { id, input: { tags } }));
  expect(JSON.stringify(updated?.data).length).toBeLessThan(3000);
  expect(updated?.data).toMatchObject({ changes: { tags: { after: expect.arrayContaining(['…']) } } });
  const name = `${'x'.repeat(298)}\u{1f600}${'\ud800'}.png`;
  const [renamed] = await newAuditRows(sql, () =>
    admin.data(UPDATE_MATERIAL, { id, input: { originFilename: name } }),
  );
  expect(renamed?.name).toBe(`${'x'.repeat(298)}\ufffd…`);
});
