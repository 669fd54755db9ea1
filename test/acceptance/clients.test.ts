import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { fetchExchange, Client as UrqlClient } from '@urql/core';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { Client, fixture, type UploadResult } from '../support/client.ts';
import { missing } from '../support/services.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Fixture, name at the client, and what the server must say of it. */
const FILES = [
  ['orientation-6.jpg', '春天的照片.jpg', 'IMAGE', 'image/jpeg', 48, 64],
  ['orientation-3.jpg', '倒过来.jpg', 'IMAGE', 'image/jpeg', 64, 48],
  ['plain.png', '标志 (最终版).png', 'IMAGE', 'image/png', 64, 48],
  ['animated.gif', '动图.gif', 'IMAGE', 'image/gif', 64, 48],
  ['plain.webp', '封面.webp', 'IMAGE', 'image/webp', 64, 48],
  ['plain.avif', '壁紙.avif', 'IMAGE', 'image/avif', 64, 48],
  ['rotated.heic', '写真①.heic', 'IMAGE', 'image/heic', 48, 64],
  ['index-first.mp4', '短片.mp4', 'VIDEO', 'video/mp4', 64, 48],
  ['index-last.mp4', '동영상.mp4', 'VIDEO', 'video/mp4', 64, 48],
  ['plain.webm', '錄影.webm', 'VIDEO', 'video/webm', 64, 48],
  ['plain.mp3', '歌曲.mp3', 'AUDIO', 'audio/mpeg', null, null],
  ['plain.wav', '音.wav', 'AUDIO', 'audio/wav', null, null],
] as const;
const NAMES = FILES.map(([, name]) => name);

const UPLOAD = /* GraphQL */ `
  mutation Upload($mallId: Int!, $files: [Upload!]!, $folder: String) {
    uploadMaterials(mallId: $mallId, files: $files, folder: $folder) {
      __typename
      ... on Material { id kind originFilename mimeType size width height url }
      ... on UploadRejection { originFilename code }
    }
  }
`;
const LIST = /* GraphQL */ `
  query List($folder: String!) {
    materials(mallId: 1, filter: { folder: $folder }, orderBy: CREATED_AT_ASC, first: 100) {
      totalCount
      edges { node { id originFilename url } }
    }
  }
`;

interface List {
  readonly materials: {
    readonly totalCount: number;
    readonly edges: readonly {
      readonly node: { readonly id: string; readonly originFilename: string; readonly url: string };
    }[];
  };
}

describe('front ends', () => {
  let server: StockroomServer;
  let session: Client;
  let files: File[];
  /** What a front end has sent, newest last. */
  const sent: {
    readonly method: string;
    readonly url: string;
    readonly body: object | string | null | undefined;
  }[] = [];

  beforeAll(async () => {
    server = await startStockroom();
    session = await Client.loggedIn(server.url);
    files = await Promise.all(FILES.map(([file, name]) => fixture(file, name)));
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  /** Stands for a browser's fetch, which sends the cookie by itself. */
  const fetchWithCookie = async (input: string | URL | Request, init: RequestInit = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    sent.push({ method: init.method ?? 'GET', url, body: init.body });
    return await session.send(url, init);
  };

  test('Apollo Client with apollo-upload-client uploads, lists and shows files', async () => {
    const apollo = apolloClient();
    const upload = await apollo.mutate<{ uploadMaterials: UploadResult[] }>({
      mutation: gql(UPLOAD),
      variables: { mallId: 1, files, folder: 'apollo' },
    });
    expectUploaded(upload.data?.uploadMaterials);
    const { data } = await apollo.query<List>({ query: gql(LIST), variables: { folder: 'apollo' } });
    await expectListed(data);
  });

  test('Apollo Client sends a file that is used twice once, and gets its material in both places', async () => {
    const [file] = files;
    const { data } = await apolloClient().mutate<{ uploadMaterials: UploadResult[] }>({
      mutation: gql(UPLOAD),
      variables: { mallId: 1, files: [file, file], folder: 'twice' },
    });
    const form = sent.at(-1)?.body;
    if (!(form instanceof FormData)) throw new Error('Apollo sent no form');
    expect(Object.values(JSON.parse(String(form.get('map'))))).toEqual([
      ['variables.files.0', 'variables.files.1'],
    ]);
    expect([...form.values()].filter((value: unknown) => value instanceof Blob)).toHaveLength(1);
    const [first, second] = data?.uploadMaterials ?? [];
    expect(first).toMatchObject({ __typename: 'Material', originFilename: NAMES[0] });
    expect(second?.id).toBe(first?.id);
  });

  test('Apollo Client sees a rejection beside files that are kept', async () => {
    const { data } = await apolloClient().mutate<{ uploadMaterials: UploadResult[] }>({
      mutation: gql(UPLOAD),
      variables: { mallId: 1, files: [new File(['no picture'], '假.jpg'), files[2]] },
    });
    expect(data?.uploadMaterials).toMatchObject([
      { __typename: 'UploadRejection', originFilename: '假.jpg', code: 'FILE_TYPE_NOT_ALLOWED' },
      { __typename: 'Material', originFilename: NAMES[2] },
    ]);
  });

  test('urql uploads, and lists and shows files with GET queries', async () => {
    const urql = new UrqlClient({
      url: `${server.url}/graphql`,
      exchanges: [fetchExchange],
      preferGetMethod: true,
      fetch: fetchWithCookie as typeof fetch,
      fetchOptions: { headers: { 'apollo-require-preflight': 'true' } },
    });
    const upload = await urql
      .mutation<{ uploadMaterials: UploadResult[] }>(UPLOAD, { mallId: 1, files, folder: 'urql' })
      .toPromise();
    expect(upload.error).toBeUndefined();
    expectUploaded(upload.data?.uploadMaterials);
    expect(sent.at(-1)?.body).toBeInstanceOf(FormData);

    const list = await urql.query<List>(LIST, { folder: 'urql' }).toPromise();
    expect(sent.at(-1)).toMatchObject({ method: 'GET', url: expect.stringContaining('?query=') });
    await expectListed(list.data);
  });

  test('plain fetch uploads with a form of its own making', async () => {
    const form = new FormData();
    const variables = { mallId: 1, folder: 'fetch', files: files.map(() => null) };
    form.append('operations', JSON.stringify({ query: UPLOAD, variables }));
    form.append(
      'map',
      JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]]))),
    );
    for (const [i, file] of files.entries()) form.append(String(i), file);
    const response = await fetchWithCookie(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: form,
    });
    const { data } = (await response.json()) as { data: { uploadMaterials: UploadResult[] } };
    expectUploaded(data.uploadMaterials);
    await expectListed(await session.data<List>(LIST, { folder: 'fetch' }));
  });

  test.skipIf(missing('curl', Bun.which('curl')))('curl uploads, lists and shows files', async () => {
    await using directory = await temporaryDirectory();
    const cookies = join(directory.path, 'cookies');
    const json = ['-H', 'content-type: application/json'];
    const login = `mutation { login(username: "${ADMIN.username}", password: "${ADMIN.password}") { user { id } } }`;
    await curl(['-c', cookies, ...json, '-d', JSON.stringify({ query: login }), `${server.url}/graphql`]);

    const variables = { mallId: 1, folder: 'curl', files: FILES.map(() => null) };
    const map = Object.fromEntries(FILES.map((_, i) => [i, [`variables.files.${i}`]]));
    const parts = FILES.flatMap(([file, name], i) => {
      const path = join(projectRoot, 'test/fixtures/media', file);
      return ['-F', `${i}=@"${path}";filename="${name}"`];
    });
    const uploaded = await curl([
      ...['-b', cookies, '-H', 'apollo-require-preflight: true'],
      ...['--form-string', `operations=${JSON.stringify({ query: UPLOAD, variables })}`],
      ...['--form-string', `map=${JSON.stringify(map)}`],
      ...parts,
      `${server.url}/graphql`,
    ]);
    expectUploaded(JSON.parse(uploaded.toString()).data.uploadMaterials);

    const list = JSON.stringify({ query: LIST, variables: { folder: 'curl' } });
    const listed = await curl(['-b', cookies, ...json, '-d', list, `${server.url}/graphql`]);
    const { data } = JSON.parse(listed.toString()) as { data: List };
    await expectListed(data, async (url) => await curl([url]));
  });

  function apolloClient() {
    return new ApolloClient({
      cache: new InMemoryCache(),
      link: new UploadHttpLink({
        uri: `${server.url}/graphql`,
        headers: { 'apollo-require-preflight': 'true' },
        fetch: fetchWithCookie,
      }),
    });
  }

  function expectUploaded(results: readonly UploadResult[] | undefined): void {
    const facts = results?.map(({ originFilename, kind, code, mimeType, width, height }) => [
      originFilename,
      kind ?? code,
      mimeType,
      width,
      height,
    ]);
    expect(facts).toEqual(FILES.map(([, ...expected]) => [...expected]));
    expect(results?.map(({ size }) => size)).toEqual(files.map(({ size }) => size));
  }

  /** Every file is in the list, and its address gives back the very bytes. */
  async function expectListed(
    list: List | undefined,
    download: (url: string) => Promise<Uint8Array> = async (url) => await (await fetch(url)).bytes(),
  ): Promise<void> {
    expect(list?.materials.totalCount).toBe(FILES.length);
    const nodes = list?.materials.edges.map(({ node }) => node) ?? [];
    expect(nodes.map(({ originFilename }) => originFilename).sort()).toEqual([...NAMES].sort());
    for (const { originFilename, url } of nodes) {
      const bytes = await download(url);
      const original = await files[(NAMES as readonly string[]).indexOf(originFilename)]?.bytes();
      expect(Buffer.from(bytes).equals(original ?? new Uint8Array())).toBeTrue();
    }
  }
});

async function curl(args: readonly string[]): Promise<Buffer> {
  const child = Bun.spawn(['curl', '--silent', '--show-error', '--fail', '--noproxy', '*', ...args], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const output = Buffer.from(await new Response(child.stdout).arrayBuffer());
  if ((await child.exited) !== 0) throw new Error(`curl failed: ${output.toString().slice(0, 500)}`);
  return output;
}
