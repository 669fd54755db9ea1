import { expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { undecodablePng, uniquePng } from '../support/pictures.ts';
import { describeEachStore } from '../support/places.ts';
import { childrenOf, hasProc } from '../support/processes.ts';
import { openSql } from '../support/sql.ts';
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
      picture(),
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
      const files = Array.from({ length: 20 }, picture);
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

  test.skipIf(!hasProc)(
    'that take long do not keep a server from ending, and the next one makes them',
    async () => {
      await using directory = await temporaryDirectory();
      const { env } = await freshPlace();
      const ids: string[] = [];
      {
        await using server = await startStockroom({ env, dataDir: directory.path });
        const client = await Client.loggedIn(server.url);
        const upload = async () =>
          ids.push(...(await client.upload([picture()])).map(({ id }) => String(id)));
        await upload();
        const child = await until(
          'its decoder',
          () => childrenOf(server.process.pid, 'placeholder-process')[0],
        );
        process.kill(child, 'SIGSTOP');
        // The first may be done.
        await upload();
        const sql = await openSql(server, env);
        await until('a picture to be in work', async () => {
          const claimed =
            await sql`select from blobs where placeholder_attempts = 1 and placeholder_due > now()`;
          return claimed.length > 0 || undefined;
        });
        await sql.end({ timeout: 1 });
        expect(await server.stop()).toBe(0);
        expect(server.output()).not.toContain('did not close in time');
      }
      await using server = await startStockroom({ env, dataDir: directory.path });
      const client = await Client.loggedIn(server.url);
      for (const id of ids) {
        await until('a placeholder', async () => (await look(client, id)).placeholder ?? undefined);
      }
    },
  );
});

function picture(): File {
  return new File([uniquePng()], 'tiny.png');
}

async function look(client: Client, id: string): Promise<{ placeholder: string | null; damaged: boolean }> {
  const { material } = await client.data<{ material: { placeholder: string | null; damaged: boolean } }>(
    'query ($id: ID!) { material(id: $id) { placeholder damaged } }',
    { id },
  );
  return material;
}
