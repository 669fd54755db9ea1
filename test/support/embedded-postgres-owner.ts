import { startEmbeddedPostgres } from '../../src/adapters/db/embedded/start.ts';

// A process that owns an embedded database, for tests that end it: `bun embedded-postgres-owner.ts <directory> [leave]`.
// Tells what happens as JSON lines; stops on SIGTERM. With `leave` it has nothing else to do after the start.
const [directory = '', mode] = process.argv.slice(2);
const tell = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const note = (level: string) => (fields: object, message: string) =>
  void tell({ event: 'log', level, message, ...fields });

try {
  const database = await startEmbeddedPostgres({
    directory,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    onLost: (error) => void tell({ event: 'lost', message: error.message }),
  });
  tell({ event: 'ready', server: database.pid, connection: database.connection });
  if (mode !== 'leave') {
    const alive = setInterval(() => {}, 60_000);
    process.once('SIGTERM', () => {
      clearInterval(alive);
      void database.stop().then(() => tell({ event: 'stopped' }));
    });
  }
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  tell({ event: 'failed', name, message });
}
