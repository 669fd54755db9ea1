import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { type Config, parseConfig } from '../config.ts';
import type { CommandDatabase } from '../database.ts';
import { Limiter } from '../lib/limiter.ts';
import type { Logger } from '../lib/logger.ts';
import type { AccountServices, Cli } from './command.ts';
import { errorLine } from './error-line.ts';
import { runProgram } from './program.ts';
import { progressBar } from './progress.ts';

/** Ctrl-C may reach this process twice, from the terminal and from a `bun run` around it, ms. */
const SAME_SIGNAL_MS = 500;

// Libraries check less and run faster; they look when they are imported, below.
process.env.NODE_ENV ??= 'production';

const closers: (() => Promise<unknown>)[] = [];
const interrupt = new AbortController();
let interrupted: number | undefined;
/** After an interrupt, that what was going on has failed is no news. */
const note = (line: string) => {
  if (interrupted === undefined) process.stderr.write(`${line}\n`);
};
/** Standard output is for results. */
const log: Logger = {
  debug() {},
  info() {},
  warn: (fields, message) => logLine(fields, message),
  error: (fields, message) => logLine(fields, message),
};

const config = once((): Config => parseConfig(process.env));
const opened = once(async (): Promise<CommandDatabase> => {
  const { openCommandDatabase } = await import('../database.ts');
  closeAtSignals();
  return await openCommandDatabase(config(), log, closers);
});
const accounts = once(async (): Promise<AccountServices> => {
  const { db, address } = await opened();
  const { openShared } = await import('../shared.ts');
  const { sessions, events } = await openShared(config(), { db, address, log, closers });
  const passwords = new Limiter({ concurrency: availableParallelism() });
  return { db, sessions, events, log, passwords, passwordLegacy: config().passwordLegacy, via: 'cli' };
});

const cli: Cli = {
  database: async () => (await opened()).db,
  accounts,
  async sweeping() {
    const database = await opened();
    const { openSweeping } = await import('../sweeping.ts');
    return await openSweeping(config(), { opened: database, log, closers });
  },
  async importing() {
    const database = await opened();
    const { openImporting } = await import('../importing.ts');
    return await openImporting(config(), { opened: database, log, closers });
  },
  async *examine() {
    const { examine } = await import('../doctor/examine.ts');
    yield* examine(process.env);
  },
  async exporting() {
    const { db, address } = await opened();
    const { host, port, publicUrl, filesUrl, timeZone } = config();
    const origin = publicUrl ?? `http://${host}:${port}`;
    const urls = { public: origin, files: filesUrl ?? `${origin}/files` };
    return { db, databaseAddress: address, urls, timeZone, actor: null, signal: interrupt.signal };
  },
  serve: async () => void (await import('../main.ts')),
  async readLine() {
    for await (const line of createInterface({ input: process.stdin })) return line;
    return '';
  },
  print: (line) => void process.stdout.write(`${line}\n`),
  note,
  progress: (label) => progressBar(label, process.stderr),
};

const exitCode = await runProgram(process.argv.slice(2), cli);
process.exitCode = (await close()) ? exitCode : exitCode || 1;

/** Closes what was opened, in the reverse order. @returns false when something did not close. */
async function close(): Promise<boolean> {
  let isClosed = true;
  for (const closer of closers.splice(0).reverse()) {
    await closer().catch((error: unknown) => {
      note(`stockroom: ${errorLine(error)}`);
      isClosed = false;
    });
  }
  return isClosed;
}

/** So that an embedded database that this process has started ends with it. */
function closeAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (interrupted !== undefined && now - interrupted < SAME_SIGNAL_MS) return;
      if (interrupted !== undefined) process.exit(1);
      note('stockroom: interrupted');
      interrupted = now;
      interrupt.abort();
      // A database that is just being started can be ended only when it has.
      const settled = opened().then(
        () => {},
        () => {},
      );
      void settled.then(close).then(() => process.exit(1));
    });
  }
}

function logLine(fields: object, message: string): void {
  const reason = 'err' in fields ? `: ${errorLine(fields.err)}` : '';
  note(`stockroom: ${message}${reason}`);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
