import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { freePort } from '../../support/ports.ts';
import { ADMIN, projectRoot } from '../../support/stockroom.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A server, ours or a baseline, that runs as its own process. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface RunningStockroom extends RunningServer {
  readonly dataDir: string;
}

interface StockroomOptions {
  /** By default a directory that goes with the server. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const START_PATIENCE_MS = 60_000;
const POLL_MS = 4;

/** Starts the server with its default settings and waits until it answers. Its log goes to /dev/null, as written. */
export async function startServer({ dataDir, env = {} }: StockroomOptions = {}): Promise<RunningStockroom> {
  const own = dataDir === undefined ? await temporaryDirectory() : undefined;
  const directory = dataDir ?? own?.path ?? '';
  const { url, child } = await spawnServer({ dataDir: directory, env });
  const stop = () => end(child);
  try {
    await answered(child, () => fetch(`${url}/healthz`));
  } catch (error) {
    await stop();
    await own?.[Symbol.asyncDispose]();
    throw error;
  }
  return {
    url,
    pid: child.pid,
    dataDir: directory,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await own?.[Symbol.asyncDispose]();
    },
  };
}

/** The bare process of the server, which may not listen yet. */
export async function spawnServer({ dataDir, env = {} }: StockroomOptions & { dataDir: string }) {
  const port = await freePort();
  const child = Bun.spawn([process.execPath, join(projectRoot, 'src/main.ts')], {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: process.env.TMPDIR,
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_USERNAME: ADMIN.username,
      ADMIN_PASSWORD: ADMIN.password,
      // The load of all connections comes from one user.
      USER_REQUESTS_PER_MINUTE: '0',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { url: `http://127.0.0.1:${port}`, child };
}

/** Starts a program of `baselines/` that listens on the port given as its first argument. */
export async function startBaseline(program: string, ...args: string[]): Promise<RunningServer> {
  const port = await freePort();
  const child = Bun.spawn([process.execPath, baselinePath(program), String(port), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => end(child);
  await answered(child, () => fetch(url));
  return { url, pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

/** Runs a program of `baselines/` to its end. @returns the JSON that it prints. */
export async function runBaseline<T>(program: string, ...args: string[]): Promise<T> {
  const child = Bun.spawn([process.execPath, baselinePath(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${program} failed`);
  return JSON.parse(output) as T;
}

/** Asks again and again until something answers. @returns the first answer. */
export async function answered<T>(child: Subprocess, ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (child.exitCode !== null) throw new Error('the server ended at its start', { cause: error });
      if (Date.now() > deadline) throw new Error('the server does not answer', { cause: error });
    }
    await Bun.sleep(POLL_MS);
  }
}

export async function end(child: Subprocess): Promise<void> {
  child.kill('SIGTERM');
  await child.exited;
}

function baselinePath(program: string): string {
  return join(import.meta.dir, '../baselines', program);
}
