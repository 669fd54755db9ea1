import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { errorCatalogue } from './errors.ts';

const KIB = 1024;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const WEEK_SECONDS = 604_800;

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
  const given = givenIn(env);
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(issue ? issueLine(given, issue) : 'the environment is not valid');
  }
  return Object.freeze(toConfig(parsed.data));
}

/** Everything that is wrong with an environment, a line each; contradictions show when each value is fine by itself. */
export function configProblems(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = givenIn(env);
  const parsed = environment.safeParse(given);
  if (!parsed.success) return parsed.error.issues.map((issue) => issueLine(given, issue));
  try {
    toConfig(parsed.data);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [error.message];
    throw error;
  }
}

/** A variable that is set to nothing counts as not set, as in compose files (`REDIS_URL=`). */
function givenIn(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function issueLine(given: Record<string, string | undefined>, issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? 'environment');
  return `${name}=${shown(name, given[name])}: ${issue.message}`;
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

const storageUrl = z.string().transform((text, ctx) => {
  const storage = parseStorageUrl(text);
  if (typeof storage === 'object') return storage;
  ctx.addIssue({ code: 'custom', message: storage });
  return z.NEVER;
});

const timeZone = z.string().refine(isTimeZone, { error: 'must be an IANA time zone such as Asia/Shanghai' });

const redisUrl = z
  .string()
  .refine(
    (text) =>
      URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '',
    {
      error: 'must be an address such as redis://:password@host:6379/0',
    },
  );

const origins = list('exact origins such as https://shop.example.com, with commas between', (text) =>
  URL.canParse(text) &&
  /^https?:$/.test(new URL(text).protocol) &&
  new URL(text).origin === text.toLowerCase()
    ? new URL(text).origin
    : undefined,
);

const cidrs = list('addresses or CIDRs such as 10.0.0.0/8, with commas between', parseCidr);

const hosts = list('host names such as pictures.example.com or *.example.com, with commas between', (text) =>
  /^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(text)
    ? text.toLowerCase()
    : undefined,
);

const ports = list('ports such as 8080, with commas between', (text) => {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
});

const linkSecrets = list('secrets of 16 or more characters, with commas between', (text) =>
  text.length >= 16 ? text : undefined,
);

const legacyPassword = z.string().transform((text, ctx) => {
  const [, algorithm, salt] = /^(md5|sha1|sha256):(.*)$/s.exec(text) ?? [];
  if (algorithm !== undefined && salt !== undefined) {
    return { algorithm: algorithm as 'md5' | 'sha1' | 'sha256', salt };
  }
  ctx.addIssue({ code: 'custom', message: 'must be md5:<salt>, sha1:<salt> or sha256:<salt>' });
  return z.NEVER;
});

const legacyCodes = list('names and numbers such as OK=0,PARAMS_INVALID=1001', (text) => {
  const [, name, number] = /^([A-Z][A-Z_]*)=(-?\d{1,9})$/.exec(text) ?? [];
  const isKnown = name === 'OK' || (name !== undefined && name in errorCatalogue);
  return isKnown ? ([name, Number(number)] as const) : undefined;
});

const otlpHeaders = list('names and values such as api-key=secret, with commas between', (text) => {
  const [, name, value] = /^([\w-]+)\s*=\s*([\x21-\x7e]+)$/.exec(text) ?? [];
  return name !== undefined && value !== undefined ? ([name, decoded(value)] as const) : undefined;
});

const ratio = z.string().transform((text, ctx) => {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  ctx.addIssue({ code: 'custom', message: 'must be a number from 0 to 1' });
  return z.NEVER;
});

const onOff = choice(['on', 'off']);

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65535, 'a port').default(4000),
  DATA_DIR: z.string().default('./data'),
  PUBLIC_URL: webOrigin.optional(),
  FILES_URL: webOrigin.optional(),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  STORAGE_URL: storageUrl.optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_REDIRECT_BYTES: integer(MIB, 1024 * GIB, 'bytes').optional(),
  SESSION_COOKIE_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, - or _' })
    .optional(),
  SESSION_PREFIX: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, { error: 'must be 1 to 100 printable characters without spaces' })
    .default('stockroom:session:'),
  SESSION_TTL_SECONDS: integer(60, 31_536_000, 'seconds').default(3600),
  SESSION_MAX_SECONDS: integer(60, 31_536_000, 'seconds').optional(),
  SESSION_SAME_SITE: choice(['lax', 'strict', 'none']).default('lax'),
  CORS_ORIGINS: origins.default([]),
  TRUSTED_PROXIES: cidrs.default([]),
  LINK_SECRETS: linkSecrets.default([]),
  PASSWORD_LEGACY: legacyPassword.optional(),
  LEGACY_CODES: legacyCodes.default([]),
  GRAPHIQL: onOff.default('on'),
  GRAPHQL_INTROSPECTION: onOff.default('on'),
  GRAPHQL_DOCUMENTS: z.string().optional(),
  USER_REQUESTS_PER_MINUTE: integer(0, 1_000_000_000, 'requests (0: no limit)').default(6000),
  MAX_FILE_BYTES: integer(1, 1024 * GIB, 'bytes').default(5 * GIB),
  MAX_REQUEST_BYTES: integer(1, 1024 * GIB, 'bytes').default(20 * GIB),
  MAX_IMAGE_PIXELS: integer(1, 1_000_000_000, 'pixels').default(100_000_000),
  MAX_FILES_PER_REQUEST: integer(1, 10_000, 'files').default(100),
  SPOOL_BYTES: integer(1, 1024 * GIB, 'bytes').optional(),
  VARIANT_CACHE_BYTES: integer(0, 1024 * GIB, 'bytes').optional(),
  REMOTE_MAX_BYTES: integer(1, GIB, 'bytes').default(20 * MIB),
  REMOTE_TIMEOUT_MS: integer(100, 600_000, 'milliseconds').default(15_000),
  REMOTE_FETCHES_PER_MINUTE: integer(0, 1_000_000_000, 'fetches (0: no limit)').default(120),
  REMOTE_ALLOW_CIDRS: cidrs.default([]),
  REMOTE_ALLOW_HOSTS: hosts.optional(),
  REMOTE_ALLOW_PORTS: ports.default([]),
  EXPORT_DAYS: integer(1, 3650, 'days').default(7),
  TRASH_DAYS: integer(0, 36_500, 'days (0: for ever)').default(30),
  AUDIT_DAYS: integer(0, 36_500, 'days (0: for ever)').default(400),
  TIME_ZONE: timeZone.default(Intl.DateTimeFormat().resolvedOptions().timeZone),
  OTEL_EXPORTER_OTLP_ENDPOINT: webOrigin.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders.default([]),
  OTEL_SERVICE_NAME: z.string().max(200, { error: 'must be at most 200 characters' }).default('stockroom'),
  OTEL_TRACES_SAMPLER_ARG: ratio.default(1),
  METRICS: onOff.default('on'),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\w.~+/-]{16,200}=*$/, { error: 'must have 16 to 200 letters, digits or any of -._~+/' })
    .optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: integer(0, 65535, 'a port').optional(),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FORMAT: choice(['pretty', 'json']).optional(),
  LOG_FILE: z.string().optional(),
  LOG_FILE_BYTES: integer(64 * KIB, 1024 * GIB, 'bytes').default(100 * MIB),
  LOG_FILE_KEEP: integer(0, 100_000, 'files').default(14),
  LOG_FILES_SAMPLE: integer(1, 1_000_000, 'requests for one line').default(1),
  SHUTDOWN_SECONDS: integer(0, 3600, 'seconds').default(25),
  MAX_MEMORY_BYTES: integer(1, 1024 * GIB, 'bytes').optional(),
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
  const maxSeconds = env.SESSION_MAX_SECONDS ?? Math.max(WEEK_SECONDS, env.SESSION_TTL_SECONDS);
  if (maxSeconds < env.SESSION_TTL_SECONDS) {
    throw new ConfigError(
      `SESSION_MAX_SECONDS=${maxSeconds}: must not be less than SESSION_TTL_SECONDS (${env.SESSION_TTL_SECONDS})`,
    );
  }
  if (env.MAX_FILE_BYTES > env.MAX_REQUEST_BYTES) {
    throw new ConfigError(
      `MAX_FILE_BYTES=${env.MAX_FILE_BYTES}: must not be more than MAX_REQUEST_BYTES (${env.MAX_REQUEST_BYTES})`,
    );
  }
  if (env.S3_REDIRECT_BYTES !== undefined && env.STORAGE_URL?.kind !== 's3') {
    throw new ConfigError(`S3_REDIRECT_BYTES=${env.S3_REDIRECT_BYTES}: needs STORAGE_URL=s3://…`);
  }
  return {
    host: env.HOST,
    port: env.PORT,
    dataDir,
    publicUrl: env.PUBLIC_URL,
    filesUrl: env.FILES_URL,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    storage: storageOf(env, dataDir),
    /** Public files of so many bytes are fetched from the store itself; undefined: none. */
    redirectBytes: env.S3_REDIRECT_BYTES,
    session: Object.freeze({
      cookieName: env.SESSION_COOKIE_NAME ?? (https ? '__Host-stockroom_session' : 'stockroom_session'),
      prefix: env.SESSION_PREFIX,
      /** Seconds without a request after which a session ends. */
      ttlSeconds: env.SESSION_TTL_SECONDS,
      /** Seconds after the login at which it ends in any case. */
      maxSeconds,
      sameSite: env.SESSION_SAME_SITE,
      secure: https,
    }),
    /** Sign links: the first one signs, all verify; none: one is made and kept in the database. */
    linkSecrets: env.LINK_SECRETS,
    /** How another system made digests of passwords: hex of salt followed by password. */
    passwordLegacy: env.PASSWORD_LEGACY,
    /** Origins of front ends that browsers load from elsewhere. */
    corsOrigins: env.CORS_ORIGINS,
    /** CIDRs whose `X-Forwarded-For` is believed. */
    trustedProxies: env.TRUSTED_PROXIES,
    /** Numbers for the legacy envelope by error code, and `OK`. */
    legacyCodes: new Map<string, number>(env.LEGACY_CODES),
    graphql: Object.freeze({
      graphiql: env.GRAPHIQL === 'on',
      introspection: env.GRAPHQL_INTROSPECTION === 'on',
      /** A JSON file of the only documents that may run, by their hash. */
      documentsFile: env.GRAPHQL_DOCUMENTS === undefined ? undefined : resolve(env.GRAPHQL_DOCUMENTS),
    }),
    /** Of one user, on one instance; 0: no limit. */
    userRequestsPerMinute: env.USER_REQUESTS_PER_MINUTE,
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
    /** What the server may fetch from elsewhere. */
    remote: Object.freeze({
      /** Of one body. */
      maxBytes: env.REMOTE_MAX_BYTES,
      /** Of one fetch with its redirects. */
      timeoutMs: env.REMOTE_TIMEOUT_MS,
      /** Of one user, on all instances together; 0: no limit. */
      fetchesPerMinute: env.REMOTE_FETCHES_PER_MINUTE,
      /** Ranges that are not public and may be reached all the same, on any port. */
      allowCidrs: env.REMOTE_ALLOW_CIDRS,
      /** The only names that may be fetched from, `*.` for all below one; undefined: any. */
      allowHosts: env.REMOTE_ALLOW_HOSTS,
      /** Besides 80 and 443. */
      allowPorts: env.REMOTE_ALLOW_PORTS,
    }),
    /** After so many days a report that was made in the background is removed. */
    exportDays: env.EXPORT_DAYS,
    /** After so many days in the trash a material is purged; 0: never. */
    trashDays: env.TRASH_DAYS,
    /** After so many days an event of the audit trail is removed; 0: never. */
    auditDays: env.AUDIT_DAYS,
    timeZone: env.TIME_ZONE,
    log: Object.freeze({
      level: env.LOG_LEVEL,
      format: env.LOG_FORMAT,
      file: env.LOG_FILE === undefined ? undefined : logFileOf(env.LOG_FILE, env),
      /** Of so many requests for files that went well, one has its line. */
      filesSample: env.LOG_FILES_SAMPLE,
    }),
    /** What runs may take this long to end after SIGTERM. */
    shutdownSeconds: env.SHUTDOWN_SECONDS,
    /** Beyond it no work is begun that takes much memory; undefined: nine tenths of what there is. */
    maxMemoryBytes: env.MAX_MEMORY_BYTES,
    /** Where traces go; undefined: there are none. */
    tracing:
      env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : Object.freeze({
            endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
            headers: Object.freeze(Object.fromEntries(env.OTEL_EXPORTER_OTLP_HEADERS)),
            serviceName: env.OTEL_SERVICE_NAME,
            /** Part of the requests that begin a trace. */
            ratio: env.OTEL_TRACES_SAMPLER_ARG,
          }),
    /** What Prometheus reads at `/metrics`. */
    metrics: Object.freeze({
      on: env.METRICS === 'on',
      /** Who sends it as a bearer token may read. */
      token: env.METRICS_TOKEN,
      /** A listener of its own, at which whoever reaches it may read; undefined: on the server's port. */
      listener:
        env.METRICS_PORT === undefined
          ? undefined
          : Object.freeze({ host: env.METRICS_HOST, port: env.METRICS_PORT }),
    }),
    firstAdmin: Object.freeze({ username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD }),
  };
}

function logFileOf(path: string, env: z.infer<typeof environment>) {
  return Object.freeze({ path: resolve(path), maxBytes: env.LOG_FILE_BYTES, keep: env.LOG_FILE_KEEP });
}

/** Values with commas between; `parse` gives undefined for one that is wrong. */
function list<T>(what: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, ctx): T[] => {
    const values = text.split(',').map((item) => parse(item.trim()));
    const known = values.filter((value) => value !== undefined);
    if (known.length === values.length) return known;
    ctx.addIssue({ code: 'custom', message: `must be ${what}` });
    return z.NEVER;
  });
}

/** An address or a CIDR as a CIDR. */
function parseCidr(text: string): string | undefined {
  if (ipaddr.isValidCIDR(text)) return text;
  if (!ipaddr.isValid(text)) return undefined;
  return `${text}/${ipaddr.parse(text).kind() === 'ipv4' ? 32 : 128}`;
}

/** Where files are kept. */
export type StorageConfig = ReturnType<typeof storageOf>;

function storageOf(env: z.infer<typeof environment>, dataDir: string) {
  const storage = env.STORAGE_URL ?? { kind: 'file' as const, directory: `${dataDir}/files` };
  if (storage.kind === 'file') return Object.freeze(storage);
  const key = (name: 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY') => {
    const value = env[name];
    if (value === undefined) throw new ConfigError(`${name}=(not set): is needed for STORAGE_URL=s3://…`);
    return value;
  };
  const { prefix, ...bucket } = storage.bucket;
  return Object.freeze({
    kind: storage.kind,
    bucket: Object.freeze({
      ...bucket,
      accessKeyId: key('S3_ACCESS_KEY_ID'),
      secretAccessKey: key('S3_SECRET_ACCESS_KEY'),
    }),
    prefix,
  });
}

/** @returns what is wrong with it, as a text, where something is. */
function parseStorageUrl(text: string) {
  const [, directory] = /^file:(?:\/\/)?(.+)$/.exec(text) ?? [];
  if (directory !== undefined) return { kind: 'file' as const, directory: resolve(directory) };
  const [, name, path = '', query = ''] = /^s3:\/\/([\w.-]+)(?:\/([\w./-]*))?(?:\?(.*))?$/.exec(text) ?? [];
  const segments = path.split('/').filter((segment) => segment !== '');
  if (name === undefined || segments.some((segment) => /^\.\.?$/.test(segment))) {
    return 'must be file:<directory> or s3://<bucket>/<prefix>?endpoint=<address>&region=<region>';
  }
  const parameters = new URLSearchParams(query);
  const region = parameters.get('region') ?? 'us-east-1';
  const endpoint = parameters.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  const unknown = [...parameters.keys()].find((key) => !['endpoint', 'region'].includes(key));
  if (unknown !== undefined) return `knows endpoint and region, not ${JSON.stringify(unknown)}`;
  if (!/^[\w-]+$/.test(region)) return 'needs a region such as eu-central-1';
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    return 'needs an endpoint such as https://s3.example.com, without a path or a password';
  }
  const prefix = segments.map((segment) => `${segment}/`).join('');
  return { kind: 's3' as const, bucket: { name, prefix, endpoint: url.origin, region } };
}

/** Values of such lists may be percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
  if (/PASSWORD|SECRET|KEY|TOKEN|HEADERS/.test(name)) return '(hidden)';
  if (/URL|ENDPOINT/.test(name))
    return value.replace(/(\/\/|%2f%2f)[^@/]*(@|%40)/gi, '//(hidden)@').slice(0, 200);
  return JSON.stringify(value.slice(0, 200)).slice(1, -1);
}
