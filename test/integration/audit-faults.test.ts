import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { newAuditRows } from '../support/audit.ts';
import { Client } from '../support/client.ts';
import { each, replace } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { type SqlProxy, startSqlProxy } from '../support/sql-proxy.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { newMall, newUser, setMember } from '../support/users.ts';

const AUDIT = /insert into audit_events/;
const MATERIAL = 'mutation ($id: ID!) { updateMaterial(id: $id, input: { folder: "moved" }) { id } }';

describe.skipIf(missing('PostgreSQL', findPostgres()))('the audit trail', () => {
  let database: ExternalPostgres;
  let proxy: SqlProxy;
  let server: StockroomServer;
  let admin: Client;
  let sql: postgres.Sql;
  beforeAll(async () => {
    database = await startPostgres();
    const url = await database.createDatabase();
    proxy = await startSqlProxy(url);
    server = await startStockroom({ env: { DATABASE_URL: proxy.url } });
    admin = await Client.loggedIn(server.url);
    sql = postgres(url, { max: 1, onnotice: () => {} });
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await server[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database.stop();
  });

  const upload = async () => String((await admin.upload([new File([uniquePng()], 'a.png')]))[0]?.id);
  /** What a request failed by. @throws when it did not. */
  const failure = async (request: Promise<unknown>) =>
    await request.then(
      () => {
        throw new Error('it did not fail');
      },
      (error: unknown) => String(error),
    );

  /** Prepares, and gives what is to be interrupted. */
  const verbs: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
    'an upload': async () => upload,
    'a change of a material': async () => {
      const id = await upload();
      return () => admin.data(MATERIAL, { id });
    },
    'a replacement': async () => {
      const id = await upload();
      return async () => {
        const { errors } = await replace(admin, id, new File([uniquePng()], 'b.png'));
        if (errors) throw new Error(JSON.stringify(errors));
      };
    },
    'a purge': async () => {
      const id = await upload();
      await each(admin, 'deleteMaterials', [id]);
      return () => each(admin, 'purgeMaterials', [id]);
    },
    'a new mall': async () => () => newMall(admin),
    'the end of a mall': async () => {
      const id = await newMall(admin);
      return () => admin.data('mutation ($id: Int!) { deleteMall(id: $id) }', { id });
    },
    'a new user': async () => () => newUser(admin),
    'a new member': async () => {
      const user = await newUser(admin);
      return () => setMember(admin, 1, user.id, 'VIEWER');
    },
    'another role': async () => {
      const { id } = await newUser(admin);
      return () => admin.data('mutation ($id: Int!) { updateUser(id: $id, role: ADMIN) { id } }', { id });
    },
    'a new API token': async () => () =>
      admin.data('mutation { createApiToken(name: "a", scopes: READ) { token } }'),
    'a login': async () => () => Client.loggedIn(server.url),
  };

  test.each(Object.entries(verbs))('has no event of %s whose commit is lost', async (_, prepare) => {
    const act = await prepare();
    const state = async () =>
      await sql`
      select (select count(*) from materials) as materials, (select count(*) from malls) as malls,
        (select count(*) from memberships) as members, (select count(*) from api_tokens) as tokens,
        (select md5(string_agg(u::text, ',' order by id)) from users u) as users,
        (select md5(string_agg(m.blob_id || m.folder, ',' order by id)) from materials m) as content`;
    const before = await state();
    const rows = await newAuditRows(sql, async () => {
      const cutting = proxy.cutCommitAfter(AUDIT);
      const message = await failure(act());
      expect([cutting.end(), message]).toEqual([true, expect.stringContaining('SERVICE_UNAVAILABLE')]);
    });
    expect(rows).toEqual([]);
    expect(await state()).toEqual(before);
  });

  test('costs an upload of many files one statement, a change of many one, and a list none', async () => {
    const inserts = () => proxy.take().filter((statement) => AUDIT.test(statement)).length;
    const files = Array.from({ length: 50 }, () => new File([uniquePng()], 'a.png'));
    inserts();
    const materials = await admin.upload(files);
    expect(inserts()).toBe(1);
    const ids = materials.map(({ id }) => String(id));
    await each(admin, 'deleteMaterials', ids);
    expect(inserts()).toBe(1);
    await admin.data('{ materials(first: 100) { edges { node { id } } } }');
    expect(proxy.take().filter((statement) => statement.includes('audit_events'))).toEqual([]);
  });

  test('lets administrators change each other at the same time', async () => {
    const users = [await newUser(admin, { role: 'ADMIN' }), await newUser(admin, { role: 'ADMIN' })];
    // Of sessions the other one would end each.
    const tokens = await Promise.all(
      users.map(async ({ client }) => {
        const made = await client.data<{ createApiToken: { token: string } }>(
          'mutation { createApiToken(name: "a", scopes: MANAGE) { token } }',
        );
        return `Bearer ${made.createApiToken.token}`;
      }),
    );
    const rename = 'mutation ($id: Int!, $name: String!) { updateUser(id: $id, username: $name) { id } }';
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        users.map(({ id }, i) =>
          new Client(server.url).graphql(
            rename,
            { id, name: `${id} in round ${round}` },
            { authorization: tokens[1 - i] ?? '' },
          ),
        ),
      );
      expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
    }
  });
});
