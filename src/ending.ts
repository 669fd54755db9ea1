import type { Log } from './adapters/log/create-logger.ts';
import type { Runtime } from './runtime.ts';

interface Ending {
  readonly server: Bun.Server<undefined>;
  readonly runtime: Pick<Runtime, 'closing' | 'close'>;
  readonly log: Log;
  /** What runs may take this long to end, ms. */
  readonly drainMs: number;
}

const DRAIN_CHECK_MS = 20;
/** When requests have ended, closing everything may take this long, ms. */
const CLOSE_MS = 10_000;
/** Ctrl-C reaches this process from the terminal and again from a `bun start` around it: only a later one is a second. */
const SAME_SIGNAL_MS = 500;

/**
 * Ends in good order at SIGTERM and SIGINT, with 0, and after an error that nobody caught, with 1: it takes no new
 * connections, lets what runs end, and closes. A second signal ends it at once.
 */
export function endWithProcess({ server, runtime, log, drainMs }: Ending): void {
  const { logger } = log;
  let signalled: number | undefined;
  let isEnding = false;

  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => {
      logger.error({}, 'the server did not close in time');
      process.exit(process.exitCode || 1);
    }, drainMs + CLOSE_MS).unref();
    try {
      runtime.closing.abort();
      void server.stop();
      const deadline = performance.now() + drainMs;
      while (server.pendingRequests > 0 && performance.now() < deadline) await Bun.sleep(DRAIN_CHECK_MS);
      const cut = server.pendingRequests;
      if (cut > 0) logger.warn({ requests: cut }, 'requests were cut that took too long to end');
      await server.stop(true);
      await runtime.close();
    } catch (error) {
      logger.error({ err: error }, 'the server did not end cleanly');
      process.exitCode = 1;
    }
    logger.info({}, 'stopped');
    await log.flush();
    process.exit();
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (signalled !== undefined && now - signalled < SAME_SIGNAL_MS) return;
      if (signalled !== undefined) process.exit(process.exitCode || 1);
      signalled = now;
      logger.info({ signal }, 'stopping');
      void end();
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.exitCode = 1;
      logger.error({ err: error, event }, 'the server ends after an error that nobody caught');
      const reason = error instanceof Error ? error.message : String(error);
      if (log.file !== undefined) {
        process.stderr.write(`stockroom: the server ends after an error that nobody caught: ${reason}\n`);
      }
      void end();
    });
  }
}
