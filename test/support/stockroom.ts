import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { temporaryDirectory, until } from './temporary.ts';

export const projectRoot = join(import.meta.dir, '../..');
export const ADMIN = { username: 'admin', password: 'correct horse battery' } as const;

/** A server that runs as its own process, as `bun start` runs it. */
export interface StockroomServer extends AsyncDisposable {
  /** Such as http://127.0.0.1:41234 */
  readonly url: string;
  readonly process: Subprocess;
  readonly dataDir: string;
  /** Everything that it has printed so far. */
  output(): string;
  /** SIGTERM and wait. @returns the exit code. */
  stop(): Promise<number>;
  /** SIGKILL and wait; an embedded database stays behind. */
  kill(): Promise<void>;
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** By default a directory that goes with the server. */
  readonly dataDir?: string;
  /** A command that runs the server, such as strace. */
  readonly wrapper?: readonly string[];
}

/** Starts the server on a free port and waits until it says that it listens. @throws with its output otherwise. */
export async function startStockroom({
  env = {},
  dataDir,
  wrapper = [],
}: StartOptions = {}): Promise<StockroomServer> {
  const own = dataDir === undefined ? await temporaryDirectory() : undefined;
  const directory = dataDir ?? own?.path ?? '';
  const child = spawnStockroom({ DATA_DIR: directory, ...env }, wrapper);
  const { read } = collect(child);
  const ended = child.exited;
  let url: string;
  try {
    url = await until(
      'the server to listen',
      () => {
        if (child.exitCode !== null) throw new Error('the server ended');
        return /^(?:Health +(http:\S+)\/healthz|Listening +(http:\S+)\/)$/m
          .exec(read())
          ?.slice(1)
          .find(Boolean);
      },
      30_000,
    );
  } catch (error) {
    child.kill('SIGKILL');
    await own?.[Symbol.asyncDispose]();
    throw new Error(`the server did not start: ${read()}`, { cause: error });
  }
  const stop = async () => {
    child.kill('SIGTERM');
    return await ended;
  };
  return {
    url,
    process: child,
    dataDir: directory,
    output: read,
    stop,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * The bare process, for starts that are meant to fail.
 * @param wrapper a command that runs the server, such as strace.
 */
export function spawnStockroom(
  env: Readonly<Record<string, string>>,
  wrapper: readonly string[] = [],
): Subprocess<'ignore', 'pipe', 'pipe'> {
  const inherited = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return Bun.spawn([...wrapper, process.execPath, join(projectRoot, 'src/main.ts')], {
    cwd: projectRoot,
    env: {
      ...inherited,
      PORT: '0',
      ADMIN_USERNAME: ADMIN.username,
      ADMIN_PASSWORD: ADMIN.password,
      TIME_ZONE: 'Asia/Shanghai',
      ...env,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

/** Gathers what a process prints, so that its pipes never fill. */
function collect(child: Subprocess<'ignore', 'pipe', 'pipe'>): {
  read(): string;
  ended: Promise<void>;
} {
  let output = '';
  const gather = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  const ended = Promise.all([gather(child.stdout), gather(child.stderr)]).then(() => {});
  return { read: () => output, ended };
}
