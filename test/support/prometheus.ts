import { join } from 'node:path';
import { freePort } from './ports.ts';
import { missing } from './services.ts';
import { temporaryDirectory, until } from './temporary.ts';

/** A Prometheus of the machine's packages that reads one server. */
export interface Prometheus extends AsyncDisposable {
  /** Runs a query now. @returns its values, by their labels. @throws with what it says when the query is wrong. */
  query(expression: string): Promise<readonly { readonly metric: object; readonly value: number }[]>;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly { metric: object; value: readonly [number, string] }[] };
}

export const JOB = 'stockroom';

export function missingPrometheus(): boolean {
  return missing('Prometheus', Bun.which('prometheus') && Bun.which('promtool'));
}

/** @param url of the server. @param token that it wants. */
export async function startPrometheus(url: string, token: string): Promise<Prometheus> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const configuration = join(directory.path, 'prometheus.yml');
  await Bun.write(
    configuration,
    `scrape_configs:
  - job_name: ${JOB}
    scrape_interval: 250ms
    scrape_timeout: 250ms
    authorization: { credentials: '${token}' }
    static_configs: [{ targets: ['${new URL(url).host}'] }]
`,
  );
  const server = Bun.spawn(
    [
      'prometheus',
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  const own = `http://127.0.0.1:${port}`;
  await until(
    'Prometheus to be ready',
    () =>
      fetch(`${own}/-/ready`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    60_000,
  );
  return {
    async query(expression) {
      const response = await fetch(`${own}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expression }),
      });
      const { status, error, data } = (await response.json()) as Answer;
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await server.exited;
      await directory[Symbol.asyncDispose]();
    },
  };
}
