import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, type GraphQLAnswer, type UploadResult, uploadForm } from '../support/client.ts';
import { filesBelow } from '../support/files.ts';
import { each, purge } from '../support/material-life.ts';
import { scrape } from '../support/metrics.ts';
import { uniquePng } from '../support/pictures.ts';
import { describeEachPlace, type Place } from '../support/places.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { result, subscribe } from '../support/subscription.ts';
import { countMaterials } from '../support/upload.ts';
import { newMall, newUser } from '../support/users.ts';

const CHANGES = 'subscription ($mallId: Int!) { materialsChanged(mallId: $mallId) { action ids } }';

describeEachPlace('a file that is sent again under its id', (freshPlace) => {
  let server: StockroomServer;
  let client: Client;
  let place: Place;
  beforeAll(async () => {
    place = await freshPlace();
    server = await startStockroom({ env: place.env });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const kept = async () => ({
    rows: await countMaterials(client),
    files: (await place.storedFiles(server.dataDir)).length,
    spooled: filesBelow(join(server.dataDir, 'spool')).length,
  });
  const idsOf = (results: readonly UploadResult[]) => results.map(({ id }) => id);

  test('is answered with what it became, and those that are new are kept beside it', async () => {
    const files = [picture('first.png'), picture('second.png')];
    const uploadIds = newIds(2);
    const first = await client.upload(files, { uploadIds, folder: 'again' });
    const before = await kept();

    const [third, thirdId] = [picture('third.png'), crypto.randomUUID()];
    const second = await client.upload([third, ...files.toReversed()], {
      uploadIds: [thirdId, ...uploadIds.toReversed().map((id) => id.toUpperCase())],
      folder: 'again',
    });
    expect(second.map(({ originFilename }) => originFilename)).toEqual([
      'third.png',
      'second.png',
      'first.png',
    ]);
    expect(second.slice(1)).toEqual(first.toReversed());
    expect(await kept()).toEqual({ rows: before.rows + 1, files: before.files + 1, spooled: 0 });
  });

  test('is neither told nor counted a second time', async () => {
    await using changes = await subscribe(client, CHANGES, { mallId: 1 });
    const changed = (action: string, id?: string) =>
      result(changes, `${action} ${id}`, ({ materialsChanged }) => {
        const change = materialsChanged as { action: string; ids: string[] };
        return change.action === action && (!id || change.ids.includes(id)) ? change : undefined;
      });
    await changed('REFRESH');
    const [file, later, uploadIds] = [picture('told.png'), picture('later.png'), newIds(1)];
    const stored = async () =>
      (await scrape(server.url)).get('stockroom_upload_files_total{kind="IMAGE",outcome="stored"}') ?? 0;
    const before = await stored();
    const [first] = await client.upload([file], { uploadIds });
    await client.upload([file], { uploadIds });
    await changed('CREATED', String(first?.id));
    // What would have been told again came before this.
    const [last] = await client.upload([later]);
    expect(await stored()).toBe(before + 2);
    await changed('CREATED', String(last?.id));
    const told = changes.results.filter(({ data }) => {
      const change = data?.materialsChanged as { action: string; ids: string[] } | undefined;
      return change?.action === 'CREATED' && change.ids.includes(String(first?.id));
    });
    expect(told.length).toBe(1);
  });

  test('is kept once when all requests come at the same time, whatever their order', async () => {
    const files = Array.from({ length: 6 }, (_, i) => picture(`${i}.png`));
    const uploadIds = newIds(6);
    const before = await kept();
    const all = await Promise.all([
      client.upload(files, { uploadIds }),
      client.upload(files.toReversed(), { uploadIds: uploadIds.toReversed() }),
      client.upload(files, { uploadIds }),
      client.upload(files.toReversed(), { uploadIds: uploadIds.toReversed() }),
    ]);
    const [first = [], second = [], ...others] = all.map(idsOf);
    expect(new Set(first).size).toBe(6);
    expect([second.toReversed(), others[0], others[1]?.toReversed()]).toEqual([first, first, first]);
    expect(await kept()).toEqual({ rows: before.rows + 6, files: before.files + 6, spooled: 0 });
  });

  test('leaves nothing of the bytes that come the second time, also when they are others', async () => {
    const uploadIds = newIds(1);
    const first = await client.upload([picture('mine.png')], { uploadIds });
    const before = await kept();
    const again = await Promise.all(
      ['other.png', 'another.png'].map((name) => client.upload([picture(name)], { uploadIds })),
    );
    expect(again).toEqual([first, first]);
    expect(await kept()).toEqual(before);
  });

  test('is another file when another user sends it, or when it goes to another mall', async () => {
    const file = picture('shared.png');
    const uploadIds = newIds(1);
    const mallId = await newMall(client);
    const { client: editor } = await newUser(client, { malls: { 1: 'EDITOR' } });
    const results = [
      ...(await client.upload([file], { uploadIds })),
      ...(await client.upload([file], { uploadIds, mallId })),
      ...(await editor.upload([file], { uploadIds })),
    ];
    expect(new Set(idsOf(results)).size).toBe(3);
  });

  test('stays in the trash where it was put meanwhile; what was purged is kept anew', async () => {
    const file = picture('trashed.png');
    const uploadIds = newIds(1);
    const [first] = await client.upload([file], { uploadIds });
    const id = String(first?.id);
    await each(client, 'deleteMaterials', [id]);
    expect(idsOf(await client.upload([file], { uploadIds }))).toEqual([id]);
    expect(await client.data('query ($id: ID!) { material(id: $id) { id } }', { id })).toEqual({
      material: null,
    });
    await each(client, 'restoreMaterials', [id]);
    expect(idsOf(await client.upload([file], { uploadIds }))).toEqual([id]);
    await purge(client, [id]);
    const [anew] = await client.upload([file], { uploadIds });
    expect(anew?.__typename).toBe('Material');
    expect(anew?.id).not.toBe(id);
  });

  test('that was refused is examined again', async () => {
    const uploadIds = newIds(1);
    const [refused] = await client.upload([new File(['text'], 'a.png')], { uploadIds });
    expect(refused?.code).toBe('FILE_TYPE_NOT_ALLOWED');
    const [taken] = await client.upload([picture('a.png')], { uploadIds });
    expect(taken?.__typename).toBe('Material');
  });

  const same = crypto.randomUUID();
  test.each([
    ['fewer than files', newIds(1)],
    ['more than files', newIds(3)],
    ['no UUIDs', ['one', 'two']],
    ['the same twice', [same, same.toUpperCase()]],
  ])('is refused with ids that are %s', async (_, uploadIds) => {
    const before = await kept();
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: uploadForm([picture('a.png'), picture('b.png')], { mallId: 1, uploadIds }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['PARAMS_INVALID']);
    expect(await kept()).toEqual(before);
  });
});

function picture(name: string): File {
  return new File([uniquePng()], name);
}

function newIds(count: number): string[] {
  return Array.from({ length: count }, () => crypto.randomUUID());
}
