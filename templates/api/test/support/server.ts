import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PASSWORD = 'correct horse battery';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** Sends a request with the cookie that the server gave last. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** The data of a GraphQL answer. @throws where it has errors, with their codes. */
  query<T>(query: string, variables?: unknown): Promise<T>;
  logIn(): Promise<void>;
}

/** Starts the server in a directory of its own, on a free port. */
export async function startServer(env: Record<string, string> = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'server-'));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts')], {
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, ADMIN_PASSWORD: PASSWORD, ...env },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  let cookie = '';
  const url = await address(child.stdout);
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('cookie', cookie);
    const response = await fetch(url + path, { ...init, headers });
    const given = response.headers.get('set-cookie');
    if (given !== null) cookie = given.split(';')[0] ?? '';
    return response;
  };
  const query = async <T>(text: string, variables: unknown = {}) => {
    const response = await send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return dataOf<T>(await response.json());
  };
  return {
    url,
    send,
    query,
    async logIn() {
      await query('mutation ($password: String!) { login(username: "admin", password: $password) { id } }', {
        password: PASSWORD,
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function dataOf<T>(answer: unknown): T {
  const { data, errors } = answer as {
    data: T;
    errors?: { message: string; extensions?: { code?: string } }[];
  };
  if (errors)
    throw new Error(errors.map(({ message, extensions }) => extensions?.code ?? message).join(', '));
  return data;
}

/** Reads on after it has found the address: nobody writes to a pipe that is closed. */
function address(output: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of output) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(-10_000);
      const found = /Listening on (http:\/\/[^/]+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    }
    reject(new Error(`the server did not start: ${text}`));
  };
  read().catch(reject);
  return promise;
}
