import { resolve } from 'node:path';
import { z } from 'zod';

const GIB = 1024 ** 3;

/** Thrown for a wrong environment; `message` is the one line that the operator reads. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Config = Readonly<ReturnType<typeof toConfig>>;

/**
 * Validates the environment (INTERFACE in README.md, Configuration).
 * @throws ConfigError naming the variable, what it holds and what it may hold.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // A variable that is set to nothing counts as not set, as in compose files (`REDIS_URL=`).
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'environment');
    throw new ConfigError(`${name}=${shown(name, given[name])}: ${issue?.message ?? 'not valid'}`);
  }
  return Object.freeze(toConfig(parsed.data));
}

const integer = (minimum: number, maximum: number, what: string) =>
  z.string().transform((text, ctx) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    ctx.addIssue({
      code: 'custom',
      message: `must be ${what}, a whole number from ${minimum} to ${maximum}`,
    });
    return z.NEVER;
  });

const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const webOrigin = z.string().transform((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username)
    return text.replace(/\/+$/, '');
  ctx.addIssue({ code: 'custom', message: 'must be an address such as https://stock.example.com' });
  return z.NEVER;
});

const databaseUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol), {
    error: 'must be an address such as postgres://user:password@host:5432/database',
  });

const storageUrl = z.string().refine((text) => text.startsWith('file:') && text.length > 5, {
  error: 'must be file:<directory>; other stores are not supported by this release',
});

const timeZone = z.string().refine(isTimeZone, { error: 'must be an IANA time zone such as Asia/Shanghai' });

const notYet = (what: string) =>
  z.undefined({ error: `${what} is not supported by this release; leave it unset` }).optional();

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65535, 'a port').default(4000),
  DATA_DIR: z.string().default('./data'),
  PUBLIC_URL: webOrigin.optional(),
  FILES_URL: webOrigin.optional(),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: notYet('Redis'),
  STORAGE_URL: storageUrl.optional(),
  SESSION_COOKIE_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, - or _' })
    .optional(),
  SESSION_TTL_SECONDS: integer(60, 31_536_000, 'seconds').default(3600),
  SESSION_SAME_SITE: choice(['lax', 'strict', 'none']).default('lax'),
  CORS_ORIGINS: notYet('CORS'),
  MAX_FILE_BYTES: integer(1, 1024 * GIB, 'bytes').default(5 * GIB),
  MAX_REQUEST_BYTES: integer(1, 1024 * GIB, 'bytes').default(20 * GIB),
  MAX_IMAGE_PIXELS: integer(1, 1_000_000_000, 'pixels').default(100_000_000),
  MAX_FILES_PER_REQUEST: integer(1, 10_000, 'files').default(100),
  SPOOL_BYTES: integer(1, 1024 * GIB, 'bytes').optional(),
  VARIANT_CACHE_BYTES: integer(0, 1024 * GIB, 'bytes').optional(),
  TIME_ZONE: timeZone.default(Intl.DateTimeFormat().resolvedOptions().timeZone),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FORMAT: choice(['pretty', 'json']).optional(),
  LOG_FILE: notYet('logging to a file'),
  ADMIN_USERNAME: z.string().min(1).max(100, { error: 'must be at most 100 characters' }).default('admin'),
  ADMIN_PASSWORD: z
    .string()
    .min(8, { error: 'must have at least 8 characters' })
    .max(1000, { error: 'must have at most 1000 characters' })
    .optional(),
});

function toConfig(env: z.infer<typeof environment>) {
  const dataDir = resolve(env.DATA_DIR);
  const https = env.PUBLIC_URL?.startsWith('https:') ?? false;
  if (env.SESSION_SAME_SITE === 'none' && !https) {
    throw new ConfigError('SESSION_SAME_SITE=none: needs PUBLIC_URL to be an https address');
  }
  if (env.MAX_FILE_BYTES > env.MAX_REQUEST_BYTES) {
    throw new ConfigError(
      `MAX_FILE_BYTES=${env.MAX_FILE_BYTES}: must not be more than MAX_REQUEST_BYTES (${env.MAX_REQUEST_BYTES})`,
    );
  }
  return {
    host: env.HOST,
    port: env.PORT,
    dataDir,
    publicUrl: env.PUBLIC_URL,
    filesUrl: env.FILES_URL,
    databaseUrl: env.DATABASE_URL,
    filesDir: env.STORAGE_URL ? resolve(env.STORAGE_URL.replace(/^file:(\/\/)?/, '')) : `${dataDir}/files`,
    session: Object.freeze({
      cookieName: env.SESSION_COOKIE_NAME ?? (https ? '__Host-stockroom_session' : 'stockroom_session'),
      /** Seconds without a request after which a session ends. */
      ttlSeconds: env.SESSION_TTL_SECONDS,
      sameSite: env.SESSION_SAME_SITE,
      secure: https,
    }),
    limits: Object.freeze({
      fileBytes: env.MAX_FILE_BYTES,
      requestBytes: env.MAX_REQUEST_BYTES,
      imagePixels: env.MAX_IMAGE_PIXELS,
      filesPerRequest: env.MAX_FILES_PER_REQUEST,
    }),
    /** Bytes of local disk for uploads in flight; undefined: half of what is free at start. */
    spoolBytes: env.SPOOL_BYTES,
    /** Bytes of local disk for pictures made to measure; undefined: 1 GiB, or a tenth of the free disk. */
    variantCacheBytes: env.VARIANT_CACHE_BYTES,
    timeZone: env.TIME_ZONE,
    log: Object.freeze({ level: env.LOG_LEVEL, format: env.LOG_FORMAT }),
    firstAdmin: Object.freeze({ username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD }),
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What an error message may show of a value: secrets stay out, in addresses too. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return '(not set)';
  if (/PASSWORD|SECRET|KEY/.test(name)) return '(hidden)';
  if (/URL/.test(name)) return value.replace(/\/\/[^@/]*@/, '//(hidden)@').slice(0, 200);
  return JSON.stringify(value.slice(0, 200)).slice(1, -1);
}
