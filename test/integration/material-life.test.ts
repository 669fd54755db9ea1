import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type postgres from 'postgres';
import { Client, fixture, type UploadResult } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { each, purge, replace } from '../support/material-life.ts';
import { uniquePng, wavPieces } from '../support/pictures.ts';
import { openSql, usedBytes } from '../support/sql.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { result, subscribe } from '../support/subscription.ts';
import { until } from '../support/temporary.ts';

const PASSWORD = 'a password for tests';
const NOBODYS = '019a0000-0000-7000-8000-000000000000';
const UPDATE = /* GraphQL */ `
  mutation ($id: ID!, $input: UpdateMaterialInput!) {
    updateMaterial(id: $id, input: $input) {
      originFilename folder tags visibility focalPoint { x y } updatedAt
    }
  }
`;
const UPDATE_MANY = /* GraphQL */ `
  mutation ($ids: [ID!]!, $addTags: [String!], $removeTags: [String!], $folder: String, $visibility: Visibility) {
    updateMaterials(ids: $ids, addTags: $addTags, removeTags: $removeTags, folder: $folder, visibility: $visibility) {
      id code material { tags folder visibility }
    }
  }
`;

let server: StockroomServer;
let client: Client;
let sql: postgres.Sql;
beforeAll(async () => {
  server = await startStockroom({ env: { TRASH_DAYS: '0' } });
  client = await Client.loggedIn(server.url);
  sql = await openSql(server, {});
  await sql`insert into malls (id, name) values (2, 'Second'), (3, 'Third')`;
});
afterAll(async () => {
  await sql.end();
  await server[Symbol.asyncDispose]();
});

const upload = async (bytes = uniquePng(), mallId = 1) => {
  const [material] = await client.upload([new File([bytes], 'a.png')], { mallId });
  const { id, basePath, sha256: digest, createdAt } = material ?? ({} as UploadResult);
  return { id: String(id), url: `/files${String(basePath)}`, basePath, sha256: digest, createdAt };
};
const statusOf = async (url: string) => (await fetch(server.url + url)).status;
const update = (id: string, input: object, caller = client) => caller.graphql(UPDATE, { id, input });

describe('changing a material', () => {
  test('changes what is given and nothing else, and moves updatedAt', async () => {
    const { id } = await upload();
    const first = await update(id, { tags: [' spring ', 'sale', 'spring'], folder: '/a//b/' });
    expect(first.data?.updateMaterial).toMatchObject({ tags: ['spring', 'sale'], folder: 'a/b' });
    const second = await update(id, {
      originFilename: 'ä "1".png',
      visibility: 'PRIVATE',
      focalPoint: { x: 0.3, y: 1 },
    });
    expect(second.data?.updateMaterial).toMatchObject({
      originFilename: 'ä "1".png',
      folder: 'a/b',
      tags: ['spring', 'sale'],
      visibility: 'PRIVATE',
      focalPoint: { x: 0.3, y: 1 },
    });
    const third = await update(id, { focalPoint: null, tags: [], folder: '' });
    expect(third.data?.updateMaterial).toMatchObject({ focalPoint: null, tags: [], folder: '' });
    const times = [first, second, third].map(({ data }) => Object(data?.updateMaterial).updatedAt);
    expect(new Set(times).size).toBe(3);
    expect(times.toSorted()).toEqual(times);
  });

  test.each([
    ['51 tags', { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, 'PARAMS_INVALID'],
    ['an empty tag', { tags: ['  '] }, 'PARAMS_INVALID'],
    ['a tag of 101 characters', { tags: ['x'.repeat(101)] }, 'PARAMS_INVALID'],
    ['a folder that leads up', { folder: 'a/../b' }, 'PARAMS_INVALID'],
    ['a name of 1,025 bytes', { originFilename: 'x'.repeat(1025) }, 'FILE_NAME_INVALID'],
    ['a focal point outside', { focalPoint: { x: 1.01, y: 0.5 } }, 'PARAMS_INVALID'],
  ])('refuses %s', async (_what, input, code) => {
    const { id } = await upload();
    expect((await update(id, input)).errors?.[0]?.extensions.code).toBe(code);
  });

  test('takes tags of 100 characters, however many bytes they have', async () => {
    const { id } = await upload();
    const tags = ['\u{1f600}'.repeat(100), 'a"b\\c{d},e', 'NULL', 'a\nb'];
    expect((await update(id, { tags })).data?.updateMaterial).toMatchObject({ tags });
  });

  test('refuses a focal point for a sound', async () => {
    const [sound] = await client.upload([await fixture('plain.wav')]);
    const answer = await update(String(sound?.id), { focalPoint: { x: 0, y: 0 } });
    expect(answer.errors?.[0]?.extensions.code).toBe('PARAMS_INVALID');
  });

  test('with ifUpdatedAt lets one of two at once through', async () => {
    const { id } = await upload();
    const seen = Object((await update(id, { tags: ['0'] })).data?.updateMaterial).updatedAt;
    const answers = await Promise.all(
      ['1', '2', '3', '4'].map((tag) => update(id, { tags: [tag], ifUpdatedAt: seen })),
    );
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === 'MATERIAL_CHANGED')).toHaveLength(3);
  });

  test('of many changes each, and tells which it did not', async () => {
    const one = await upload();
    const full = await upload();
    const trashed = await upload();
    const tags = Array.from({ length: 50 }, (_, i) => `t${i}`);
    await update(one.id, { tags: ['b', 'a', 'c'] });
    await update(full.id, { tags });
    await each(client, 'deleteMaterials', [trashed.id]);
    const ids = [one.id, full.id, trashed.id, NOBODYS, 'no uuid'];
    const answer = await client.data(UPDATE_MANY, {
      ids,
      addTags: ['a', 'new "'],
      removeTags: ['b', 'other'],
      folder: 'x',
    });
    expect(answer.updateMaterials).toMatchObject([
      { id: one.id, code: null, material: { tags: ['c', 'a', 'new "'], folder: 'x' } },
      { id: full.id, code: 'PARAMS_INVALID' },
      { id: trashed.id, code: 'NOT_FOUND' },
      { id: NOBODYS, code: 'NOT_FOUND', material: null },
      { id: 'no uuid', code: 'NOT_FOUND', material: null },
    ]);
    const swapped = await client.data(UPDATE_MANY, { ids: [full.id], addTags: ['new'], removeTags: ['t0'] });
    expect(swapped.updateMaterials).toMatchObject([{ material: { tags: [...tags.slice(1), 'new'] } }]);
  });

  test('of more than 100 is refused', async () => {
    const answer = await client.graphql(UPDATE_MANY, { ids: Array.from({ length: 101 }, () => NOBODYS) });
    expect(answer.errors?.[0]?.extensions.code).toBe('PARAMS_INVALID');
  });

  test('is seen by whoever watches the mall', async () => {
    await using changes = await subscribe(
      client,
      'subscription { materialsChanged(mallId: 3) { action ids materials { id } } }',
    );
    const told = (action: string, id: string) =>
      result(changes, action, ({ materialsChanged }) => {
        const change = materialsChanged as { action: string; ids: string[] };
        return change.action === action && (id === '' || change.ids.includes(id)) ? change : undefined;
      });
    await told('REFRESH', '');
    const { id } = await upload(uniquePng(), 3);
    await update(id, { tags: ['x'] });
    await told('UPDATED', id);
    await each(client, 'deleteMaterials', [id]);
    await told('TRASHED', id);
    await each(client, 'restoreMaterials', [id]);
    await told('RESTORED', id);
    await purge(client, [id]);
    await told('PURGED', id);
  });
});

describe('the trash', () => {
  const listed = async (trashed: boolean) => {
    const data = await client.data<{ materials: { edges: { node: { id: string } }[]; totalCount: number } }>(
      'query ($trashed: Boolean) { materials(mallId: 1, first: 100, filter: { trashed: $trashed }) { totalCount edges { node { id } } } }',
      { trashed },
    );
    return data.materials.edges.map(({ node }) => node.id);
  };

  test('hides a material and its file, and gives both back under the same address', async () => {
    const bytes = uniquePng();
    const { id, url } = await upload(bytes);
    expect(await statusOf(url)).toBe(200);
    const [trashed] = await each(client, 'deleteMaterials', [id]);
    expect(trashed).toMatchObject({ code: null, material: { deletedAt: expect.any(String) } });
    expect(await statusOf(url)).toBe(404);
    expect((await client.data('query ($id: ID!) { material(id: $id) { id } }', { id })).material).toBeNull();
    expect(await client.data('query ($id: ID!) { material(id: $id, trashed: true) { id } }', { id })).toEqual(
      { material: { id } },
    );
    expect([await listed(false), await listed(true)].map((ids) => ids.includes(id))).toEqual([false, true]);

    // Once more changes nothing.
    const [again] = await each(client, 'deleteMaterials', [id]);
    expect(again?.material).toEqual(trashed?.material as Record<string, unknown>);

    const [restored] = await each(client, 'restoreMaterials', [id]);
    expect(restored).toMatchObject({ code: null, material: { deletedAt: null } });
    expect(sha256(await (await fetch(server.url + url)).bytes())).toBe(sha256(bytes));
    expect([await listed(false), await listed(true)].map((ids) => ids.includes(id))).toEqual([true, false]);
  });

  test('is the only place from which materials are purged', async () => {
    const { id, url } = await upload();
    expect(await each(client, 'purgeMaterials', [id])).toMatchObject([{ id, code: 'NOT_IN_TRASH' }]);
    expect(await statusOf(url)).toBe(200);
    await purge(client, [id]);
    expect(await each(client, 'restoreMaterials', [id])).toMatchObject([{ id, code: 'NOT_FOUND' }]);
  });

  test('keeps the bytes and what they count until the last material of a mall that shows them is purged', async () => {
    const bytes = uniquePng(50_000);
    const [one, two, other] = [await upload(bytes), await upload(bytes), await upload(bytes, 2)];
    const stored = () =>
      filesBelow(join(server.dataDir, 'files')).filter(
        (name) => sha256(readBytes(join(server.dataDir, 'files', name))) === sha256(bytes),
      ).length;
    const used = () => Promise.all([1, 2].map((mall) => usedBytes(sql, mall)));
    const before = await used();
    expect(stored()).toBe(2);
    const alone = await upload();
    await purge(client, [one.id, alone.id]);
    expect(storedDigests()).not.toContain(String(alone.sha256));
    expect([await statusOf(one.url), await statusOf(two.url), stored()]).toEqual([404, 200, 2]);
    await purge(client, [two.id]);
    expect([await statusOf(two.url), await statusOf(other.url), stored()]).toEqual([404, 200, 1]);
    expect(await used()).toEqual([(before[0] ?? 0) - bytes.byteLength, before[1] ?? 0]);
  });
});

describe('who may change materials', () => {
  const login = async (username: string, role: string | null, mallId = 1) => {
    const hash = await Bun.password.hash(PASSWORD, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
    const [user] = await sql<{ id: number }[]>`
      insert into users (username, password_hash, role) values (${username}, ${hash}, 'MEMBER') returning id`;
    if (role !== null) {
      await sql`insert into memberships (mall_id, user_id, role) values (${mallId}, ${user?.id ?? 0}, ${role})`;
    }
    return await Client.loggedIn(server.url, { username, password: PASSWORD });
  };

  test('editors may do all, viewers and others nothing', async () => {
    const { id } = await upload();
    for (const [name, role, code] of [
      ['viewer', 'VIEWER', 'FORBIDDEN'],
      ['stranger', null, 'NOT_FOUND'],
    ] as const) {
      const caller = await login(name, role);
      for (const mutation of ['deleteMaterials', 'restoreMaterials', 'purgeMaterials'] as const) {
        expect(await each(caller, mutation, [id])).toMatchObject([{ id, code }]);
      }
      expect((await update(id, { tags: ['x'] }, caller)).errors?.[0]?.extensions.code).toBe(code);
      const answer = await replace(caller, id, new File([uniquePng()], 'b.png'));
      expect(answer.errors?.[0]?.extensions.code).toBe(code);
    }
    const editor = await login('editor', 'EDITOR');
    expect((await update(id, { tags: ['x'] }, editor)).errors).toBeUndefined();
    await purge(editor, [id]);
  });

  test('each of several malls is decided by itself', async () => {
    const own = await upload();
    const others = await upload(uniquePng(), 2);
    const caller = await login('one mall', 'EDITOR');
    expect(await each(caller, 'deleteMaterials', [others.id, own.id, own.id])).toMatchObject([
      { id: others.id, code: 'NOT_FOUND', material: null },
      { id: own.id, code: null },
      { id: own.id, code: null },
    ]);
    expect([await statusOf(own.url), await statusOf(others.url)]).toEqual([404, 200]);
  });

  test('site files are for administrators', async () => {
    const form = new FormData();
    form.set('img', new File([uniquePng()], 'site.png'));
    await client.send('/cms/template', { method: 'POST', body: form });
    const [row] = await sql<{ id: string }[]>`select id from materials where mall_id is null limit 1`;
    const id = row?.id ?? '';
    const caller = await login('no admin', 'OWNER');
    expect(await each(caller, 'deleteMaterials', [id])).toMatchObject([{ code: 'NOT_FOUND' }]);
    await purge(client, [id]);
  });

  test('visitors and tokens without WRITE may not', async () => {
    const { id } = await upload();
    const visitor = new Client(server.url);
    const { createApiToken } = await client.data<{ createApiToken: { token: string } }>(
      'mutation { createApiToken(name: "reader", scopes: [READ]) { token } }',
    );
    const query = 'mutation ($ids: [ID!]!) { deleteMaterials(ids: $ids) { code } }';
    const asReader = { authorization: `Bearer ${createApiToken.token}` };
    expect((await visitor.graphql(query, { ids: [id] })).errors?.[0]?.extensions.code).toBe('LOGIN_REQUIRED');
    expect((await visitor.graphql(query, { ids: [id] }, asReader)).errors?.[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
  });
});

describe('replacing a material', () => {
  test('keeps its id, path and what people said of it; bytes, type, name and version are new', async () => {
    const before = await upload();
    await update(before.id, { tags: ['kept'], folder: 'kept' });
    const old = await fetch(server.url + before.url);
    const answer = await replace(client, before.id, await fixture('photo.jpg', 'new.jpg'));
    const bytes = await (await fixture('photo.jpg')).bytes();
    expect(answer.data?.replaceMaterial).toMatchObject({
      __typename: 'Material',
      id: before.id,
      originFilename: 'new.jpg',
      basePath: before.basePath,
      mimeType: 'image/jpeg',
      size: bytes.byteLength,
      sha256: sha256(bytes),
      width: 1200,
      tags: ['kept'],
      folder: 'kept',
      createdAt: before.createdAt,
    });
    const now = await fetch(server.url + before.url);
    expect(now.headers.get('content-type')).toBe('image/jpeg');
    expect(now.headers.get('etag')).not.toBe(old.headers.get('etag'));
    expect(Object(answer.data?.replaceMaterial).url).not.toBe(before.url);
    expect(sha256(await now.bytes())).toBe(sha256(bytes));
    expect(storedDigests()).not.toContain(String(before.sha256));
  });

  test('by another kind, by no file of a kind, or in the trash is refused and leaves everything', async () => {
    const before = await upload();
    const stored = filesBelow(join(server.dataDir, 'files'));
    const sound = await replace(client, before.id, await fixture('plain.mp3'));
    expect(sound.data?.replaceMaterial).toMatchObject({ code: 'FILE_KIND_DIFFERS' });
    const text = await replace(client, before.id, await fixture('picture.svg'));
    expect(text.data?.replaceMaterial).toMatchObject({ code: 'FILE_TYPE_NOT_ALLOWED' });
    const nobody = await replace(client, NOBODYS, new File([uniquePng()], 'a.png'));
    expect(nobody.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    expect(sha256(await (await fetch(server.url + before.url)).bytes())).toBe(String(before.sha256));
    expect(filesBelow(join(server.dataDir, 'files'))).toEqual(stored);
    await each(client, 'deleteMaterials', [before.id]);
    const trashed = await replace(client, before.id, new File([uniquePng()], 'a.png'));
    expect(trashed.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('by its own bytes changes its name only', async () => {
    const bytes = uniquePng();
    const before = await upload(bytes);
    const answer = await replace(client, before.id, new File([bytes], 'same.png'));
    expect(answer.data?.replaceMaterial).toMatchObject({ originFilename: 'same.png', sha256: before.sha256 });
    expect(await statusOf(before.url)).toBe(200);
  });

  test('lets a download that runs end with the old bytes', async () => {
    const sound = Buffer.concat([...wavPieces(24)]);
    const [before] = await client.upload([new File([sound], 'long.wav')]);
    const path = `/files${String(before?.basePath)}`;
    const { hostname, port, host } = new URL(server.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    await replace(client, String(before?.id), await fixture('plain.wav'));
    expect(storedDigests()).not.toContain(String(before?.sha256));
    const pieces = [head];
    for await (const piece of socket) pieces.push(piece as Buffer);
    const received = Buffer.concat(pieces);
    const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
    expect(sha256(body)).toBe(String(before?.sha256));
  });
});

test('an upload gets the visibility that its mall has by default', async () => {
  await sql`update malls set default_visibility = 'PRIVATE' where id = 2`;
  const hidden = await upload(uniquePng(), 2);
  const shown = await upload();
  const rows =
    await sql`select id, visibility from materials where id in (${hidden.id}, ${shown.id}) order by id`;
  expect([...rows].map(({ visibility }) => visibility as string)).toEqual(['PRIVATE', 'PUBLIC']);
  expect(await statusOf(hidden.url)).toBe(404);
  await sql`update malls set default_visibility = 'PUBLIC' where id = 2`;
});

test('uploads leave no lease behind', async () => {
  await client.upload([new File(['no picture'], 'a.png')]);
  await until('the leases to end', async () => (await sql`select id from uploads`).length === 0 || undefined);
});

function storedDigests(): string[] {
  const root = join(server.dataDir, 'files');
  return filesBelow(root).map((name) => sha256(readBytes(join(root, name))));
}

function readBytes(path: string): Uint8Array {
  return readFileSync(path);
}
