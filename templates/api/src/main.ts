import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from './adapters/db/open.ts';
import { createLogger } from './adapters/log/create-logger.ts';
import { LocalStore } from './adapters/storage/local-store.ts';
import { createApp } from './app.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { addFirstUser } from './services/account/add-first-user.ts';

const config = readConfig();
const log = createLogger({ level: config.LOG_LEVEL, file: config.LOG_FILE });

await mkdir(config.DATA_DIR, { recursive: true, mode: 0o700 });
const db = openDatabase(config.DATA_DIR);
const store = await LocalStore.open(join(config.DATA_DIR, 'files'));
const password = await addFirstUser(db, config.ADMIN_PASSWORD);

const app = createApp({ db, store, log }, { sessionTtlSeconds: config.SESSION_TTL_SECONDS });
const server = Bun.serve({
  hostname: config.HOST,
  port: config.PORT,
  maxRequestBodySize: config.MAX_REQUEST_BYTES,
  development: false,
  reusePort: false,
  fetch: app.fetch,
});

process.stdout.write(`Listening on http://${server.hostname}:${server.port}/graphql\n`);
if (password !== undefined) process.stdout.write(`First user: admin, password: ${password}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    // What runs is finished; nothing new is taken.
    await server.stop();
    db.$client.close();
    process.exit(0);
  });
}

function readConfig(): Config {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
