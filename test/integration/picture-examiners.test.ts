import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { Client, fixture } from '../support/client.ts';
import { childrenOf, hasProc, isAlive } from '../support/processes.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const PLACEHOLDER = 'query ($id: ID!) { material(id: $id) { placeholder } }';

const examiners = (server: StockroomServer) => childrenOf(server.process.pid, 'examine-process');

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
    const id = await uploaded(client, 'photo.jpg');
    expect(await placeholderOf(client, id)).toMatch(/^[\w+/]+=*$/);
    await until('it to be gone', () => examiners(server).length === 0 || undefined, 30_000);
    expect(readFileSync(`/proc/${server.process.pid}/maps`, 'utf8')).not.toContain('libvips');
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
