import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

interface LogOptions {
  readonly level: string;
  /** Instead of the screen. */
  readonly file?: string | undefined;
}

/** JSON lines in a file or a pipe, pretty ones on a terminal. */
export function createLogger({ level, file }: LogOptions): Logger {
  const options = { level, redact: ['password', '*.password', 'cookie', '*.cookie'] };
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    return pino(options, pino.destination({ dest: file, sync: false }));
  }
  return process.stdout.isTTY ? pino(options, pretty()) : pino(options);
}
