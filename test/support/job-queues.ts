import { connectListener, openDatabase } from '../../src/adapters/db/open.ts';
import { PostgresEventBus } from '../../src/adapters/events/postgres-event-bus.ts';
import { PgBossQueue } from '../../src/adapters/queue/pg-boss-queue.ts';

export interface QueueInstance extends AsyncDisposable {
  readonly queue: PgBossQueue;
  readonly events: PostgresEventBus;
  /** What it warned of. */
  readonly warnings: string[];
}

/** A queue as one instance of the server opens it. */
export function openJobQueue(url: string): QueueInstance {
  const db = openDatabase(url, 5);
  const warnings: string[] = [];
  const warn = (fields: object, message: string) => {
    warnings.push(`${message}: ${Bun.inspect(fields)}`);
  };
  const events = new PostgresEventBus({
    sql: db.$client,
    connectListener: (handlers) => connectListener(url, handlers),
    onError: (error) => warn({ error }, 'a handler failed'),
  });
  const log = { debug() {}, info() {}, warn, error: warn };
  const queue = new PgBossQueue({ sql: db.$client, events, log });
  return {
    queue,
    events,
    warnings,
    async [Symbol.asyncDispose]() {
      await queue.close();
      await events.close();
      await db.$client.end({ timeout: 1 });
    },
  };
}
