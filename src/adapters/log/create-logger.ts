import pino, { type DestinationStream, type Logger } from 'pino';
import type { RequestLine } from '../../lib/logger.ts';
import { withVisibleMarks } from '../../lib/visible-text.ts';
import { LineQueue } from './line-queue.ts';
import type { LogFile, LogFileOptions } from './log-file.ts';
import { serializeError } from './serialize-error.ts';
import { standardOutput } from './standard-output.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** By default `pretty` on a terminal, else `json`. */
  readonly format: 'pretty' | 'json' | undefined;
  /** By default lines go to standard output. */
  readonly file?: Omit<LogFileOptions, 'onRotationFailed'> | undefined;
}

export interface Log {
  readonly logger: Logger;
  /** The file is told as the reason of what does not end up on the screen; undefined: it is the screen. */
  readonly file: string | undefined;
  /** Lines that were lost since the start. */
  readonly lost: number;
  /** Writes the one line of a request. */
  request(line: RequestLine): void;
  /** Resolves when all lines so far are written, or cannot be. */
  flush(): Promise<void>;
  /** The same before the process ends, as far as that is possible at once. */
  flushSync(): void;
  /** The next lines go to whatever has the file's name then. */
  reopen(): void;
}

/** Fields that never reach a log, should a caller give them. */
const SECRETS = ['password', 'cookie', 'authorization', 'token'];
const LEVELS = { info: 30, warn: 40 } as const;

/**
 * A logger to standard output or to a file. Lines go out a few at a time, at the latest after a tenth of a second.
 * @throws the file system's error when the file cannot be made or written.
 */
export async function createLogger(options: LogOptions): Promise<Log> {
  const { level, file } = options;
  const target = file ? await openFile(file) : undefined;
  const queue = new LineQueue(target ?? standardOutput, {
    onFailure: (error) =>
      tell(file, `cannot be written, so lines wait, and are lost when they are too many: ${reasonOf(error)}`),
    onLost: (lost) => logger.warn({ lost }, 'lines of the log were lost'),
  });
  const format = await formatOf(options);
  const write = (line: string) => queue.write(format(line));
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRETS, censor: '(hidden)' },
      serializers: { err: (error: unknown) => serializeError(error) },
    },
    { write } satisfies DestinationStream,
  );
  const isOn = { info: logger.isLevelEnabled('info'), warn: logger.isLevelEnabled('warn') };
  return {
    logger,
    file: file?.path,
    get lost() {
      return queue.lost;
    },
    request(line) {
      const level = line.status < 500 ? 'info' : 'warn';
      if (!isOn[level]) return;
      // pino takes six times as long, which is some percent of a small request.
      const fields = JSON.stringify(line).slice(1, -1);
      write(`{"level":${LEVELS[level]},"time":"${new Date().toISOString()}",${fields},"msg":"request"}\n`);
    },
    flush: () => queue.flush(),
    flushSync: () => queue.flushSync(),
    reopen: () => target?.reopen(),
  };
}

/** Most log to the screen. */
async function openFile(options: NonNullable<LogOptions['file']>): Promise<LogFile> {
  const { LogFile } = await import('./log-file.ts');
  const onRotationFailed = (error: unknown) =>
    tell(options, `cannot be put aside, so it goes on growing: ${reasonOf(error)}`);
  return await LogFile.open({ ...options, onRotationFailed });
}

async function formatOf({ format, file }: LogOptions): Promise<(line: string) => string> {
  const isTerminal = file === undefined && process.stdout.isTTY;
  if ((format ?? (isTerminal ? 'pretty' : 'json')) === 'json') return withVisibleMarks;
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ colorize: isTerminal, singleLine: true });
  return (line) => withVisibleMarks(pretty(line));
}

/** A log that cannot be written cannot say so itself. */
function tell(file: LogOptions['file'], what: string): void {
  if (file) process.stderr.write(`stockroom: LOG_FILE=${file.path}: ${what}\n`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
