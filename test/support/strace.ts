import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { missing } from './services.ts';
import { temporaryDirectory, until } from './temporary.ts';

/** True where system calls cannot be watched; for `skipIf`. */
export function cannotTrace(): boolean {
  const found = Bun.which('strace');
  const works = found && Bun.spawnSync(['strace', '-o', '/dev/null', 'true'], { stderr: 'ignore' }).success;
  return missing('strace', works);
}

/** Watches the system calls of a process, or makes them fail, until `detach`. */
export class Strace implements AsyncDisposable {
  readonly #child: Subprocess<'ignore', 'ignore', 'pipe'>;
  readonly #log: string;
  readonly #directory: AsyncDisposable;

  private constructor(
    child: Subprocess<'ignore', 'ignore', 'pipe'>,
    log: string,
    directory: AsyncDisposable,
  ) {
    this.#child = child;
    this.#log = log;
    this.#directory = directory;
  }

  /** @param options such as `-e trace=fsync` or `-e inject=fsync:error=EIO`. */
  static async attach(pid: number, options: readonly string[]): Promise<Strace> {
    const directory = await temporaryDirectory();
    const log = join(directory.path, 'calls');
    const child = Bun.spawn(['strace', '-f', '-y', '-s', '200', '-o', log, ...options, '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of child.stderr) said += decoder.decode(chunk, { stream: true });
    })();
    await until('strace to attach', () => {
      if (child.exitCode !== null) throw new Error(`strace has ended: ${said}`);
      return said.includes(' attached') || undefined;
    });
    return new Strace(child, log, directory);
  }

  /** Lets the process go on by itself. @returns one line for each call, in the order in which they ended. */
  async detach(): Promise<string[]> {
    this.#child.kill('SIGINT');
    await this.#child.exited;
    return joinCalls(await Bun.file(this.#log).text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#child.exited;
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** A call that another thread interrupted is written in two parts. */
function joinCalls(log: string): string[] {
  const begun = new Map<string, string>();
  const calls: string[] = [];
  for (const line of log.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (call.endsWith(' <unfinished ...>')) {
      begun.set(thread, call.slice(0, -' <unfinished ...>'.length));
    } else if (call.startsWith('<... ')) {
      calls.push(`${begun.get(thread) ?? ''}${call.replace(/^<\.\.\. \w+ resumed>/, '')}`);
    } else if (call !== '') {
      calls.push(call);
    }
  }
  return calls;
}
