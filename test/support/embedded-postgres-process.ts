import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface OwnerEvent {
  readonly event: 'log' | 'ready' | 'failed' | 'lost' | 'stopped';
  readonly message?: string;
  readonly name?: string;
  readonly server?: number;
  readonly connection?: Connection;
}

export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface OwnerOptions {
  readonly uid?: number;
  readonly mode?: 'leave';
  readonly env?: Record<string, string>;
  /** Where `src`, `test` and `node_modules` lie; default: this checkout. */
  readonly root?: string;
  readonly executable?: string;
}

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Waits until `check` gives something; polls, and fails after 20 s. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Waited 20 s for: ${what}`);
    await pause(3);
  }
}

/** A child process that runs `embedded-postgres-owner.ts`. */
export class Owner {
  readonly events: OwnerEvent[] = [];
  readonly #reading: Promise<void>;
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;

  constructor(directory: string, options: OwnerOptions) {
    const { uid, mode, env = {}, root = checkout, executable = process.execPath } = options;
    const script = join(root, 'test/support/embedded-postgres-owner.ts');
    this.#child = Bun.spawn([executable, script, directory, ...(mode ? [mode] : [])], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.#reading = this.#read();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Exit code, when everything it told is in `events`. */
  async exited(): Promise<number> {
    await this.#reading;
    return await this.#child.exited;
  }

  /** The outcome of the start. */
  async started(): Promise<OwnerEvent> {
    return await until('the owner has started or failed', () => this.find('ready') ?? this.find('failed'));
  }

  /** Waits for a start that works. */
  async ready(): Promise<{ server: number; connection: Connection }> {
    const { event, message, server, connection } = await this.started();
    if (event !== 'ready' || !server || !connection) throw new Error(message ?? 'The owner has not started');
    return { server, connection };
  }

  find(event: OwnerEvent['event']): OwnerEvent | undefined {
    return this.events.find((one) => one.event === event);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.exited();
  }

  async #read(): Promise<void> {
    let rest = '';
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line));
    }
  }
}

/** Process number in `postmaster.pid`. */
export function serverOf(directory: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(directory, 'postmaster.pid'), 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The command line of a live process, else an empty text. Linux only. */
export function commandOf(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  try {
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\0', ' ') : '';
  } catch {
    return '';
  }
}
