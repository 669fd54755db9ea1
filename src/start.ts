import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger, type Log } from './adapters/log/create-logger.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { endWithProcess } from './ending.ts';
import type { FirstAdmin } from './services/account/create-first-admin.ts';

/** How often to look whether nobody asks for anything, ms. */
const IDLE_CHECK_MS = 3000;
/** Looks in a row that find nobody, after which compiled code goes for the first time: most of it was for the start only. */
const LOOKS_AFTER_START = 2;
/** The same later: ten minutes. */
const LOOKS_AFTER_WORK = 200;
/** A request that moves no bytes for this long is cut, seconds; transfers have their own watch. */
const IDLE_TIMEOUT_SECONDS = 60;
/** Errors whose message is written for the operator. */
const EXPECTED_ERRORS = ['ConfigError', 'DataDirectoryInUseError', 'DatabaseStartError', 'StartError'];

class StartError extends Error {
  override readonly name = 'StartError';
}

/** Runs the server until the process ends; one that cannot start ends with a line that says why. */
export async function start(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  let log: Log | undefined;
  process.on('exit', () => log?.flushSync());
  try {
    const config = parseConfig(env);
    log = await openLog(config);
    await serve(config, log);
  } catch (error) {
    const expected = error instanceof Error && EXPECTED_ERRORS.includes(error.name);
    if (log?.file !== undefined) log.logger.error({ err: error }, 'the server cannot start');
    process.stderr.write(`stockroom: ${expected ? error.message : Bun.inspect(error)}\n`);
    process.exit(1);
  }
}

/** @throws ConfigError */
async function openLog({ log: { level, format, file }, timeZone }: Config): Promise<Log> {
  try {
    const opened = await createLogger({ level, format, file: file && { ...file, timeZone } });
    // Without a file its meaning stays that of the terminal, which has gone.
    if (file) process.on('SIGHUP', () => opened.reopen());
    return opened;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`LOG_FILE=${file?.path}: must be a file that can be made and written: ${reason}`);
  }
}

async function serve(config: Config, log: Log): Promise<void> {
  const documents = await allowList(config);
  // The database starts while the modules of the server are read.
  const opening = import('./runtime.ts').then(({ openRuntime }) => openRuntime(config, log.logger));
  const [runtime, { createApp, lateProblem }, { workExports }, { workWebhooks }] = await Promise.all([
    opening,
    import('./app.ts'),
    import('./services/export-job/work-exports.ts'),
    import('./services/webhook/work-webhooks.ts'),
  ]);

  let requests = 0;
  let server: Bun.Server<undefined>;
  let metricsServer: Bun.Server<undefined> | undefined;
  const { listener } = config.metrics;
  try {
    server = listen('PORT', config, () =>
      Bun.serve({
        hostname: config.host,
        port: config.port,
        // In production Bun shares ports by default: a second server on one would take half of its requests.
        reusePort: false,
        // Each reader of a body holds to its limit; an answer of Bun's own would have no code, and no CORS headers.
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        development: false,
        error: (error) => lateProblem(error, log.logger),
        fetch: (request, bunServer) => {
          requests++;
          return app(request, bunServer);
        },
      }),
    );
    if (listener) {
      const { startMetricsServer } = await import('./metrics-server.ts');
      metricsServer = listen('METRICS_PORT', listener, () => startMetricsServer(listener, runtime.services));
    }
  } catch (error) {
    await runtime.close();
    throw error;
  }
  const origin = config.publicUrl ?? `http://${hostInUrl(config.host)}:${server.port}`;
  const urls = { public: origin, files: config.filesUrl ?? `${origin}/files` };
  const services = { ...runtime.services, urls };
  workExports(services);
  workWebhooks(services);
  const app = createApp(services, {
    session: config.session,
    graphql: { ...config.graphql, documents },
    isPublicUrlKnown: config.publicUrl !== undefined,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    userRequestsPerMinute: config.userRequestsPerMinute,
    logRequest: (line) => log.request(line),
    logFilesSample: config.log.filesSample,
    legacyCodes: config.legacyCodes,
    metricsAccess: config.metrics.listener
      ? undefined
      : { token: config.metrics.token, fromLoopback: config.publicUrl === undefined },
  });

  endWithProcess({ server, runtime, log, drainMs: config.shutdownSeconds * 1000 });
  collectWhenIdle(() => requests);
  if (runtime.firstAdmin) await introduce(runtime.firstAdmin, config.dataDir);
  if (config.publicUrl) {
    process.stdout.write(`Listening   http://${hostInUrl(config.host)}:${server.port}/\n`);
  }
  const graphiql = config.graphql.graphiql && !documents ? `GraphiQL    ${origin}/graphql\n` : '';
  if (metricsServer) {
    process.stdout.write(
      `Metrics     http://${hostInUrl(listener?.host ?? '')}:${metricsServer.port}/metrics\n`,
    );
  }
  process.stdout.write(`Stockroom   ${origin}/\n${graphiql}Health      ${origin}/healthz\n`);
}

/** @throws StartError naming the variable whose address cannot be listened on. */
function listen<T>(
  variable: string,
  { host, port }: { readonly host: string; readonly port: number },
  start: () => T,
): T {
  try {
    return start();
  } catch (error) {
    const isUsed = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const reason = isUsed ? 'is in use' : `cannot be listened on: ${error}`;
    throw new StartError(`${variable}=${port}: the address ${host}:${port} ${reason}`);
  }
}

/** @throws ConfigError when the file cannot be read, or has documents that do not fit the schema. */
async function allowList({
  graphql: { documentsFile },
}: Config): Promise<ReadonlyMap<string, string> | undefined> {
  if (documentsFile === undefined) return undefined;
  const [{ readDocuments }, { schema }] = await Promise.all([
    import('./api/graphql/documents.ts'),
    import('./api/graphql/schema.ts'),
  ]);
  try {
    return await readDocuments(documentsFile, schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`GRAPHQL_DOCUMENTS=${documentsFile}: cannot be used: ${reason}`);
  }
}

/**
 * After work, garbage would stay for as long as nobody asks for anything. Code is kept for longer: to compile it again
 * takes more time than what is asked for (200 fetched pictures took 1.5 times as long).
 */
function collectWhenIdle(countRequests: () => number): void {
  let seen = 0;
  let looks = 0;
  let looksBeforeShrinking = LOOKS_AFTER_START;
  setInterval(() => {
    const count = countRequests();
    looks = count === seen ? looks + 1 : 0;
    seen = count;
    if (looks === 1) Bun.gc(true);
    if (looks === looksBeforeShrinking) {
      Bun.shrink();
      looksBeforeShrinking = LOOKS_AFTER_WORK;
    }
  }, IDLE_CHECK_MS).unref();
}

/** The generated password is shown once on a terminal. Anything else may be a log: it goes to a private file. */
async function introduce(admin: FirstAdmin, dataDir: string): Promise<void> {
  if (admin.generatedPassword === undefined) return;
  const text = `First administrator: ${admin.username}\nPassword: ${admin.generatedPassword}\n`;
  if (process.stdout.isTTY) {
    process.stdout.write(
      `\n${text}It is shown only now, and must be changed first (mutation changePassword).\n\n`,
    );
    return;
  }
  const path = join(dataDir, 'first-admin.txt');
  await writeFile(path, text, { mode: 0o600, flush: true });
  process.stdout.write(
    `First administrator: ${admin.username}; the password is in ${path} (delete that file)\n`,
  );
}

/** Host of a URL at which a browser on this machine reaches the address listened on. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
