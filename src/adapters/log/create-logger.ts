import pino, { type Logger } from 'pino';

interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** By default `pretty` on a terminal, else `json`. */
  readonly format: 'pretty' | 'json' | undefined;
}

/** A write for each line would cost more than the line. */
const BATCH_BYTES = 4096;
const FLUSH_MS = 100;

/** Fields that never reach a log, should a caller give them. */
const SECRETS = ['password', 'cookie', 'authorization'];

/** A logger to standard output. Lines go out a few at a time, at the latest after a tenth of a second. */
export async function createLogger({ level, format }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS, censor: '(hidden)' },
    serializers: { err: serializeError },
  };
  if ((format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'json') {
    const destination = pino.destination({ fd: 1, sync: false, minLength: BATCH_BYTES });
    setInterval(() => destination.flush(), FLUSH_MS).unref();
    return pino(options, destination);
  }
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ colorize: process.stdout.isTTY, ignore: 'requestId', sync: true }));
}

/** The lines before these repeat the message. */
const STACK_LINE = /^\s+at /;

/** An error with its causes. Parameters of a failed query stay out: they are people's data. */
function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const message = 'query' in error && 'params' in error ? 'a query failed' : error.message;
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: serializeError(error.cause) };
  const stack = error.stack
    ?.split('\n')
    .filter((line) => STACK_LINE.test(line))
    .slice(0, 11)
    .join('\n');
  return { type: error.name, message, ...code, stack, ...cause };
}
