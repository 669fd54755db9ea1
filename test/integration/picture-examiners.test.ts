import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { Client, fixture } from '../support/client.ts';
import { childrenOf, hasProc, isAlive } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const PLACEHOLDER = 'query ($id: ID!) { material(id: $id) { placeholder } }';

const headerReaders = (server: StockroomServer) => childrenOf(server.process.pid, 'header-process');
const placeholderMakers = (server: StockroomServer) => childrenOf(server.process.pid, 'placeholder-process');
const examiners = (server: StockroomServer) => [...headerReaders(server), ...placeholderMakers(server)];

async function uploaded(client: Client, name: string): Promise<string> {
  const [material] = await client.upload([await fixture(name)]);
  if (!material) throw new Error(`${name} was not taken`);
  return String(material.id);
}

function placeholderOf(client: Client, id: string): Promise<string> {
  return until('a placeholder', async () => {
    const { material } = await client.data<{ material: { placeholder: string | null } }>(PLACEHOLDER, { id });
    return material.placeholder ?? undefined;
  });
}

describe.skipIf(missing('/proc', hasProc))('what examines pictures', () => {
  test('is there only while there are some, and the image library never in the server', async () => {
    await using server = await startStockroom();
    expect(examiners(server)).toEqual([]);
    const client = await Client.loggedIn(server.url);
    const id = await uploaded(client, 'plain.webp');
    expect(await placeholderOf(client, id)).toMatch(/^[\w+/]+=*$/);
    await until('it to be gone', () => examiners(server).length === 0 || undefined, 30_000);
    expect(readFileSync(`/proc/${server.process.pid}/maps`, 'utf8')).not.toContain('libvips');
  });

  test('is not there for plain pictures', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    for (const name of ['photo.jpg', 'orientation-6.jpg', 'plain.png']) await uploaded(client, name);
    expect(headerReaders(server)).toEqual([]);
  });

  test('makes placeholders behind everything else, with all of its threads', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    await placeholderOf(client, await uploaded(client, 'photo.jpg'));
    const niceness = (pids: number[]) => new Set(pids.flatMap(nicenessOfThreads));
    expect(niceness(placeholderMakers(server))).toEqual(new Set([19]));
  });

  test('starts when the first bytes of a picture have come that its structure does not tell all of', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    const picture = await (await fixture('plain.webp')).bytes();
    const rest = Promise.withResolvers<void>();
    const boundary = 'a-boundary';
    const part = (name: string, more = '') =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`;
    const query =
      'mutation ($files: [Upload!]!) { uploadMaterials(mallId: 1, files: $files) { __typename } }';
    const answer = client.send('/graphql', {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'apollo-require-preflight': 'true',
      },
      body: new ReadableStream({
        async start(controller) {
          const send = (data: string | Uint8Array) => controller.enqueue(Buffer.from(data));
          send(`${part('operations')}${JSON.stringify({ query, variables: { files: [null] } })}\r\n`);
          send(`${part('map')}{"0":["variables.files.0"]}\r\n${part('0', '; filename="a.webp"')}`);
          send(picture.subarray(0, 100));
          await rest.promise;
          send(picture.subarray(100));
          send(`\r\n--${boundary}--\r\n`);
          controller.close();
        },
      }),
    });
    await until('a child', () => headerReaders(server).length > 0 || undefined);
    rest.resolve();
    expect(await (await answer).json()).toEqual({
      data: { uploadMaterials: [{ __typename: 'Material' }] },
    });
  });

  test('costs no picture its placeholder when it is killed, and not the server', async () => {
    await using server = await startStockroom();
    const client = await Client.loggedIn(server.url);
    await placeholderOf(client, await uploaded(client, 'photo.jpg'));
    for (const pid of examiners(server)) process.kill(pid, 'SIGKILL');
    await until('it to be gone', () => !examiners(server).some(isAlive) || undefined);
    expect(await placeholderOf(client, await uploaded(client, 'plain.png'))).toMatch(/^[\w+/]+=*$/);
  });
});

function nicenessOfThreads(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  // The name may hold spaces; the niceness is field 19 of proc(5).
  return readdirSync(tasks).map((thread) =>
    Number(readFileSync(`${tasks}/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]),
  );
}
