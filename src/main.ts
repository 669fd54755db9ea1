import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createLogger } from './adapters/log/create-logger.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import type { Runtime } from './runtime.ts';
import type { FirstAdmin } from './services/account/create-first-admin.ts';

/** What runs may take this long to end after SIGTERM, ms. */
const DRAIN_MS = 25_000;
const DRAIN_CHECK_MS = 20;
/** How often to look whether nobody asks for anything, ms. */
const IDLE_CHECK_MS = 3000;
/** Ctrl-C reaches this process from the terminal and again from a `bun start` around it: only a later one is a second. */
const SAME_SIGNAL_MS = 500;
/** A request that moves no bytes for this long is cut, seconds; transfers have their own watch. */
const IDLE_TIMEOUT_SECONDS = 60;
/** Errors whose message is written for the operator. */
const EXPECTED_ERRORS = ['ConfigError', 'DataDirectoryInUseError', 'DatabaseStartError', 'StartError'];

class StartError extends Error {
  override readonly name = 'StartError';
}

// Libraries check less and run faster; they look when they are imported, below.
process.env.NODE_ENV ??= 'production';

try {
  const config = parseConfig(process.env);
  await serve(config, await createLogger(config.log));
} catch (error) {
  const expected = error instanceof Error && EXPECTED_ERRORS.includes(error.name);
  process.stderr.write(`stockroom: ${expected ? error.message : Bun.inspect(error)}\n`);
  process.exit(1);
}

async function serve(config: Config, log: Logger): Promise<void> {
  const documents = await allowList(config);
  // The database starts while the modules of the server are read.
  const opening = import('./runtime.ts').then(({ openRuntime }) => openRuntime(config, log));
  const [runtime, { createApp }, { workExports }, { workWebhooks }] = await Promise.all([
    opening,
    import('./app.ts'),
    import('./services/export-job/work-exports.ts'),
    import('./services/webhook/work-webhooks.ts'),
  ]);

  let requests = 0;
  let server: Bun.Server<undefined>;
  try {
    server = Bun.serve({
      hostname: config.host,
      port: config.port,
      // In production Bun shares ports by default: a second server on one would take half of its requests.
      reusePort: false,
      // Each reader of a body holds to its limit; an answer of Bun's own would have no code, and no CORS headers.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      development: false,
      fetch: (request, bunServer) => {
        requests++;
        return app(request, bunServer);
      },
    });
  } catch (error) {
    await runtime.close();
    const reason =
      error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'is in use' : undefined;
    throw new StartError(
      `PORT=${config.port}: the address ${config.host}:${config.port} ${reason ?? `cannot be listened on: ${error}`}`,
    );
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
    legacyCodes: config.legacyCodes,
  });

  endWithProcess(server, runtime, log);
  collectWhenIdle(() => requests);
  if (runtime.firstAdmin) await introduce(runtime.firstAdmin, config.dataDir);
  if (config.publicUrl) {
    process.stdout.write(`Listening   http://${hostInUrl(config.host)}:${server.port}/\n`);
  }
  const graphiql = config.graphql.graphiql && !documents ? `GraphiQL    ${origin}/graphql\n` : '';
  process.stdout.write(`Stockroom   ${origin}/\n${graphiql}Health      ${origin}/healthz\n`);
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

/** After work, garbage would stay for as long as nobody asks for anything. */
function collectWhenIdle(countRequests: () => number): void {
  let seen = 0;
  let collected = 0;
  setInterval(() => {
    const count = countRequests();
    if (count === seen && collected !== count) {
      Bun.gc(true);
      Bun.shrink();
      collected = count;
    }
    seen = count;
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
  await writeFile(path, text, { mode: 0o600 });
  process.stdout.write(
    `First administrator: ${admin.username}; the password is in ${path} (delete that file)\n`,
  );
}

function endWithProcess(server: Bun.Server<undefined>, runtime: Runtime, log: Logger): void {
  let ending: number | undefined;
  const end = async (exitCode: number): Promise<void> => {
    if (ending !== undefined) process.exit(exitCode || 1);
    ending = performance.now();
    try {
      void server.stop();
      runtime.closing.abort();
      const deadline = Date.now() + DRAIN_MS;
      while (server.pendingRequests > 0 && Date.now() < deadline) await Bun.sleep(DRAIN_CHECK_MS);
      await server.stop(true);
      await runtime.close();
    } catch (error) {
      log.error({ err: error }, 'the server did not end cleanly');
      process.exitCode = 1;
    }
    log.flush(() => process.exit(process.exitCode || exitCode));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending !== undefined && performance.now() - ending < SAME_SIGNAL_MS) return;
      log.info({ signal }, 'stopping');
      void end(0);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error({ err: error, event }, 'the server ends after an error that nobody caught');
      void end(1);
    });
  }
}

/** Host of a URL at which a browser on this machine reaches the address listened on. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
