import { expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { undecodablePng, uniquePng } from '../support/pictures.ts';
import { describeEachStore } from '../support/places.ts';
import { startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const BASE64 = /^[A-Za-z0-9+/]{20,60}={0,2}$/;

describeEachStore('placeholders of pictures', (freshPlace) => {
  test('appear after the answer, and pictures that do not decode are marked and logged', async () => {
    const { env } = await freshPlace();
    await using server = await startStockroom({ env });
    const client = await Client.loggedIn(server.url);
    const results = await client.upload([
      await fixture('photo.jpg'),
      new File([undecodablePng()], 'broken.png'),
      new File([uniquePng()], 'tiny.png'),
      await fixture('plain.mp3'),
    ]);
    expect(results.map(({ placeholder, damaged }) => [placeholder, damaged])).toEqual(
      results.map(() => [null, false]),
    );
    const [photo, broken, tiny] = results.map(({ id }) => String(id));
    const ready = async (id: string | undefined) => (await look(client, id ?? '')).placeholder ?? undefined;
    expect(await until('the placeholder of a photo', () => ready(photo))).toMatch(BASE64);
    expect(await until('the placeholder of a PNG', () => ready(tiny))).toMatch(BASE64);
    await until('the mark on the broken picture', async () =>
      (await look(client, broken ?? '')).damaged ? true : undefined,
    );
    expect((await look(client, broken ?? '')).placeholder).toBeNull();
    expect((await look(client, photo ?? '')).damaged).toBe(false);
    await until(
      'the line in the log',
      () => server.output().includes('a picture does not decode') || undefined,
    );
  });

  test('are made after a restart when the server was killed before it came to them', async () => {
    await using directory = await temporaryDirectory();
    const { env } = await freshPlace();
    let ids: string[];
    {
      await using server = await startStockroom({ env, dataDir: directory.path });
      const client = await Client.loggedIn(server.url);
      const files = Array.from({ length: 20 }, (_, i) => new File([uniquePng()], `${i}.png`));
      ids = (await client.upload(files)).map(({ id }) => String(id));
      await server.kill();
    }
    await using server = await startStockroom({ env, dataDir: directory.path });
    const client = await Client.loggedIn(server.url);
    for (const id of ids) {
      // A claim of the killed process is a lease of 15 s.
      await until('a placeholder', async () => (await look(client, id)).placeholder ?? undefined, 40_000);
    }
  });
});

async function look(client: Client, id: string): Promise<{ placeholder: string | null; damaged: boolean }> {
  const { material } = await client.data<{ material: { placeholder: string | null; damaged: boolean } }>(
    'query ($id: ID!) { material(id: $id) { placeholder damaged } }',
    { id },
  );
  return material;
}
