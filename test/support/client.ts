import { ADMIN } from './stockroom.ts';

export interface GraphQLAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown> & { readonly code: string };
  }[];
}

export interface UploadResult {
  readonly __typename: 'Material' | 'UploadRejection';
  readonly [field: string]: unknown;
}

const UPLOAD = /* GraphQL */ `
  mutation Upload($mallId: Int!, $files: [Upload!]!, $folder: String, $uploadIds: [ID!]) {
    uploadMaterials(mallId: $mallId, files: $files, folder: $folder, uploadIds: $uploadIds) {
      __typename
      ... on Material {
        id kind originFilename basePath url mimeType size sha256 width height durationMs codec frames
        folder placeholder damaged createdAt
      }
      ... on UploadRejection { originFilename code message }
    }
  }
`;

/** A front end with a cookie, on plain `fetch`. */
export class Client {
  readonly url: string;
  cookie: string | undefined;

  constructor(url: string) {
    this.url = url;
  }

  /** Logs in as the first administrator, or as somebody else. */
  static async loggedIn(
    url: string,
    credentials: { username: string; password: string } = ADMIN,
  ): Promise<Client> {
    const client = new Client(url);
    const answer = await client.graphql(
      'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { user { id } } }',
      credentials,
    );
    if (answer.errors) throw new Error(`login failed: ${JSON.stringify(answer.errors)}`);
    return client;
  }

  async graphql(
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
  ): Promise<GraphQLAnswer> {
    const response = await this.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphQLAnswer;
  }

  /** Like `graphql`, but errors throw. */
  async data<T = Record<string, unknown>>(query: string, variables: object = {}): Promise<T> {
    const answer = await this.graphql(query, variables);
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data as T;
  }

  async upload(
    files: readonly File[],
    {
      mallId = 1,
      folder,
      uploadIds,
    }: { mallId?: number; folder?: string; uploadIds?: readonly string[] } = {},
  ): Promise<UploadResult[]> {
    const response = await this.send('/graphql', {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: uploadForm(files, { mallId, folder, uploadIds }),
    });
    const answer = (await response.json()) as GraphQLAnswer;
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data?.uploadMaterials as UploadResult[];
  }

  /** Sends with the cookie, and keeps the one that comes. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie) headers.set('cookie', this.cookie);
    const response = await fetch(new URL(path, this.url), { ...init, headers, redirect: 'manual' });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) this.cookie = cookie.endsWith('=') ? undefined : cookie;
    return response;
  }
}

/** A body as the GraphQL multipart request specification has it. */
export function uploadForm(
  files: readonly File[],
  {
    mallId,
    folder,
    uploadIds,
  }: {
    mallId: number;
    folder?: string | undefined;
    uploadIds?: readonly string[] | undefined;
  },
): FormData {
  const form = new FormData();
  const variables = { mallId, folder, uploadIds, files: files.map(() => null) };
  form.set('operations', JSON.stringify({ query: UPLOAD, variables }));
  form.set('map', JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]]))));
  for (const [i, file] of files.entries()) form.set(String(i), file);
  return form;
}

/** A file of test/fixtures/media under its own or another name. */
export async function fixture(name: string, as = name): Promise<File> {
  const bytes = await Bun.file(new URL(`../fixtures/media/${name}`, import.meta.url)).arrayBuffer();
  return new File([bytes], as);
}
