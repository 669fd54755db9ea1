import pino, { type Logger } from 'pino';

interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** By default `pretty` on a terminal, else `json`. */
  readonly format: 'pretty' | 'json' | undefined;
}

/** Paths that never reach a log, wherever a caller puts them. */
const SECRETS = ['password', '*.password', 'cookie', '*.cookie', 'authorization', '*.authorization'];

/** A logger to standard output. Lines are written at once; `flushLog` waits for what the system has not taken yet. */
export async function createLogger({ level, format }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS, censor: '(hidden)' },
    serializers: { err: serializeError },
  };
  if ((format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'json') {
    return pino(options, pino.destination({ fd: 1, sync: false }));
  }
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ colorize: process.stdout.isTTY, ignore: 'requestId', sync: true }));
}

/** An error with its causes. Parameters of a failed query stay out: they are people's data. */
function serializeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const message = error.name === 'DrizzleQueryError' ? 'a query failed' : error.message;
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: serializeError(error.cause) };
  const stack = error.stack?.split('\n').slice(1, 12).join('\n');
  return { type: error.name, message, ...code, stack, ...cause };
}
