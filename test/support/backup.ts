import { Client } from './client.ts';
import { sha256 } from './files.ts';
import { uniquePng } from './pictures.ts';
import { type StockroomServer, startStockroom } from './stockroom.ts';
import { newUser } from './users.ts';

const LINK = 'mutation ($id: ID!) { createDownloadLink(materialId: $id, expiresInSeconds: 3600) { url } }';
const PAGE = `query ($after: String) {
  materials(first: 100, after: $after, orderBy: CREATED_AT_ASC) {
    edges { node { id basePath sha256 size originFilename tags visibility } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export interface ShownMaterial {
  readonly id: string;
  readonly basePath: string;
  readonly sha256: string;
}

export interface Filled {
  readonly materials: readonly ShownMaterial[];
  /** Path of a signed link to a private material. */
  readonly link: string;
  readonly token: string;
  readonly member: { readonly username: string; readonly password: string };
}

/** Gives a server materials, one of them private with a link, a member and a token. */
export async function fill(server: StockroomServer, count = 12): Promise<Filled> {
  const admin = await Client.loggedIn(server.url);
  const files = Array.from(
    { length: count },
    (_, i) => new File([uniquePng(1000 * (i + 1))], `图 ${i}\t\\.png`),
  );
  const [first] = await admin.upload(files);
  const id = String(first?.id);
  await admin.data(
    'mutation ($id: ID!) { updateMaterial(id: $id, input: { visibility: PRIVATE, tags: ["a\\\\b", "红"] }) { id } }',
    {
      id,
    },
  );
  const { createDownloadLink } = await admin.data<{ createDownloadLink: { url: string } }>(LINK, { id });
  const { createApiToken } = await admin.data<{ createApiToken: { token: string } }>(
    'mutation { createApiToken(name: "t", scopes: [READ]) { token } }',
  );
  const { username, password } = await newUser(admin, { malls: { 1: 'VIEWER' } });
  return {
    materials: await shown(admin),
    link: createDownloadLink.url.slice(server.url.length),
    token: createApiToken.token,
    member: { username, password },
  };
}

/** All materials that the client sees. */
export async function shown(client: Client): Promise<ShownMaterial[]> {
  const all: ShownMaterial[] = [];
  for (let after: string | null = null; ; ) {
    const { materials }: { materials: Connection } = await client.data<{ materials: Connection }>(PAGE, {
      after,
    });
    all.push(...materials.edges.map(({ node }) => node));
    if (!materials.pageInfo.hasNextPage) return all;
    after = materials.pageInfo.endCursor;
  }
}

interface Connection {
  readonly edges: readonly { readonly node: ShownMaterial }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

/** Paths of materials whose bytes do not have the checksum that the server tells. */
export async function wrongFiles(client: Client, materials: readonly ShownMaterial[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { basePath, sha256: expected } of materials) {
    const response = await client.send(encodeURI(`/files${basePath}`));
    const bytes = await response.arrayBuffer();
    if (response.status !== 200 || sha256(bytes) !== expected) wrong.push(`${response.status} ${basePath}`);
  }
  return wrong;
}

/** What of `filled` a server in this environment does not have as it was. */
export async function lost(
  options: Parameters<typeof startStockroom>[0],
  { materials, link, token, member }: Filled,
): Promise<string[]> {
  await using server = await startStockroom(options);
  const problems: string[] = [];
  const admin = await Client.loggedIn(server.url);
  const now = await shown(admin);
  if (!Bun.deepEquals(now, materials)) problems.push(`materials: ${JSON.stringify(now)}`);
  problems.push(...(await wrongFiles(admin, now)));
  if ((await fetch(server.url + link)).status !== 200) problems.push('link');
  const asScript = await new Client(server.url).graphql(
    '{ me { username } }',
    {},
    { authorization: `Bearer ${token}` },
  );
  if (asScript.errors) problems.push('token');
  const viewer = await Client.loggedIn(server.url, member);
  if ((await shown(viewer)).length !== materials.length) problems.push('membership');
  // What is added takes numbers that were never given, and counts as it did.
  const { malls } = await admin.data<{ malls: { usage: { bytes: number } }[] }>(
    '{ malls { usage { bytes } } }',
  );
  const sum = (now as (ShownMaterial & { size: number })[]).reduce(
    (total, { size }) => total + Number(size),
    0,
  );
  if (Number(malls[0]?.usage.bytes) !== sum) problems.push(`usedBytes ${malls[0]?.usage.bytes}, not ${sum}`);
  await admin.data('mutation { createMall(name: "next") { id } }');
  await newUser(admin);
  await admin.upload([new File([uniquePng()], 'new.png')]);
  return problems;
}
