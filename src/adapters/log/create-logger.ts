import pino, { type Logger } from 'pino';

interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** By default `pretty` on a terminal, else `json`. */
  readonly format: 'pretty' | 'json' | undefined;
}

/** A write for each line would cost more than the line. */
const BATCH_CHARACTERS = 16_000;
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
    return pino(options, standardOutput());
  }
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ colorize: process.stdout.isTTY, ignore: 'requestId', sync: true }));
}

/** Gathers lines before pino's own writer, which takes longer over each than making the line takes. */
function standardOutput() {
  const destination = pino.destination({ fd: 1, sync: false });
  let batch = '';
  const pass = () => {
    if (batch === '') return;
    destination.write(batch);
    batch = '';
  };
  setInterval(pass, FLUSH_MS).unref();
  return {
    write(line: string): void {
      batch += line;
      if (batch.length > BATCH_CHARACTERS) pass();
    },
    flush(done?: (error?: Error) => void): void {
      pass();
      destination.flush(done);
    },
  };
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
