import { resolve } from 'node:path';
import { z } from 'zod';

/** Thrown for a wrong environment; `message` is the one line that the operator reads. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Config = Readonly<z.infer<typeof environment>>;

/** @throws ConfigError naming the variable, what it holds and what it may hold. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const shown = /PASSWORD/.test(name) ? '(hidden)' : given[name];
  throw new ConfigError(`${name}=${shown}: ${issue?.message}`);
}

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: `must be a whole number from ${minimum} to ${maximum}` })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, {
      error: `must be a whole number from ${minimum} to ${maximum}`,
    });

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** 0 picks a free one. */
  PORT: wholeNumber(0, 65_535).default(4000),
  /** The database and the files. */
  DATA_DIR: z
    .string()
    .default('./data')
    .transform((path) => resolve(path)),
  /** Of one request: its body is held in memory. */
  MAX_REQUEST_BYTES: wholeNumber(1, 2 ** 30).default(32 * 2 ** 20),
  SESSION_TTL_SECONDS: wholeNumber(60, 31_536_000).default(3600),
  ADMIN_PASSWORD: z.string().min(8, { error: 'must have at least 8 characters' }).optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be debug, info, warn, error or silent',
    })
    .default('info'),
  /** A file instead of the screen. */
  LOG_FILE: z.string().optional(),
});
