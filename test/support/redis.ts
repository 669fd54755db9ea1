import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { missing } from './services.ts';
import { temporaryDirectory, until } from './temporary.ts';

/** A Redis of the machine's packages, which keeps nothing when it ends. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** A connection for the test to look with. */
  readonly admin: Redis;
  /** Stops it as it is (SIGSTOP): connections stay, and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends it as a crash does, and starts it again on its port when `meanwhile` is over; `keep`: with what it held. */
  restart(meanwhile?: () => Promise<void>, options?: { readonly keep?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

export function missingRedis(): boolean {
  return missing('Redis', Bun.which('redis-server'));
}

/** @param settings such as `--requirepass`, `secret`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const launch = () =>
    Bun.spawn(
      // biome-ignore format: one setting a line
      [
        'redis-server',
        '--port', String(port),
        '--bind', '127.0.0.1',
        '--dir', directory.path,
        '--save', '',
        ...settings,
      ],
      { stdio: ['ignore', 'ignore', 'ignore'] },
    );
  let server = launch();
  const password = settings[settings.indexOf('--requirepass') + 1];
  const secret = settings.includes('--requirepass') ? `:${password}@` : '';
  const url = `redis://${secret}127.0.0.1:${port}/0`;
  const admin = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  admin.on('error', () => {});
  const answers = () => until('Redis to answer', async () => ((await admin.ping()) ? true : undefined));
  await answers();

  const stop = async () => {
    admin.disconnect();
    server.kill('SIGKILL');
    await server.exited;
    await directory[Symbol.asyncDispose]();
  };
  return {
    url,
    port,
    admin,
    get pid() {
      return server.pid;
    },
    freeze: () => server.kill('SIGSTOP'),
    thaw: () => server.kill('SIGCONT'),
    async restart(meanwhile = async () => {}, { keep = false } = {}) {
      if (keep) await admin.save();
      server.kill('SIGKILL');
      await server.exited;
      try {
        await meanwhile();
      } finally {
        server = launch();
        await answers();
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Everything that a Redis holds, keys and values, as one text. */
export async function dumpRedis(admin: Redis): Promise<string> {
  const parts: unknown[] = [];
  for (const key of await admin.keys('*')) {
    const type = await admin.type(key);
    const value = type === 'zset' ? await admin.zrange(key, '0', '-1') : await admin.get(key);
    parts.push(key, value);
  }
  return JSON.stringify(parts);
}
