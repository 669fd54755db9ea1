import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { openJobQueue, type QueueInstance } from '../support/job-queues.ts';
import { type ExternalPostgres, findPostgres, startPostgres } from '../support/postgres.ts';
import { missing } from '../support/services.ts';
import { until } from '../support/temporary.ts';

const nothing = async () => [];

describe.skipIf(missing('PostgreSQL', findPostgres()))('background jobs', () => {
  let server: ExternalPostgres;
  let url: string;
  let name: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  });
  afterAll(async () => await server.stop());
  beforeEach(() => {
    name = `q${crypto.randomUUID().replaceAll('-', '')}`;
  });

  /** An instance that notes which jobs it was given. */
  const taking = (
    taken: string[],
    handler: (id: string, signal: AbortSignal) => Promise<Date | undefined> = async () => undefined,
    due: () => Promise<readonly string[]> = nothing,
  ): QueueInstance => {
    const instance = openJobQueue(url);
    instance.queue.work(name, { concurrency: 2, due }, (id, signal) => {
      taken.push(id);
      return handler(id, signal);
    });
    return instance;
  };
  const aborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  test('nothing is made in the database before there is one', async () => {
    const empty = await server.createDatabase();
    const sql = postgres(empty, { max: 1 });
    const asked: number[] = [];
    await using instance = openJobQueue(empty);
    const due = async () => {
      asked.push(1);
      return [];
    };
    instance.queue.work(name, { concurrency: 1, due }, async () => undefined);
    await until('the first question', () => asked.length > 0 || undefined);
    const schemas = await sql`select 1 from pg_namespace where nspname = 'pgboss'`;
    expect(schemas.length).toBe(0);
    await sql.end();
  });

  test('several instances begin at once on an empty database', async () => {
    const empty = await server.createDatabase();
    const done: string[] = [];
    const instances = Array.from({ length: 4 }, () => openJobQueue(empty));
    const ids = instances.map(() => crypto.randomUUID());
    for (const { queue } of instances) {
      queue.work(name, { concurrency: 1, due: nothing }, async (id) => {
        done.push(id);
        return undefined;
      });
    }
    await Promise.all(instances.map(({ queue }, index) => queue.send(name, ids[index] ?? '')));
    await until('all jobs', () => done.length >= ids.length || undefined);
    expect(done.sort()).toEqual(ids.sort());
    expect(instances.flatMap(({ warnings }) => warnings)).toEqual([]);
    for (const instance of instances) await instance[Symbol.asyncDispose]();
  });

  test('each is done once, by any instance', async () => {
    const taken: string[] = [];
    await using one = taking(taken);
    await using two = taking(taken);
    const ids = Array.from({ length: 30 }, () => crypto.randomUUID());
    await Promise.all(ids.map((id, index) => (index % 2 ? one : two).queue.send(name, id)));
    await until('all jobs', () => taken.length >= ids.length || undefined);
    expect(taken.sort()).toEqual(ids.sort());
    expect([...one.warnings, ...two.warnings]).toEqual([]);
  });

  test('no more run at once than an instance may have', async () => {
    const taken: string[] = [];
    const { promise: free, resolve } = Promise.withResolvers<undefined>();
    await using one = taking(taken, () => free);
    const ids = Array.from({ length: 3 }, () => crypto.randomUUID());
    for (const id of ids) await one.queue.send(name, id);
    await until('as many as may', () => taken.length === 2 || undefined);
    resolve(undefined);
    await until('the rest', () => taken.length === 3 || undefined);
  });

  test('one that waits or runs is not put in again', async () => {
    const taken: string[] = [];
    const { promise: free, resolve } = Promise.withResolvers<undefined>();
    await using one = taking(taken, () => free);
    const [id, marker] = [crypto.randomUUID(), crypto.randomUUID()];
    await Promise.all([one.queue.send(name, id), one.queue.send(name, id)]);
    await until('the job', () => taken.length > 0 || undefined);
    await one.queue.send(name, id);
    await one.queue.send(name, marker);
    await until('the other', () => taken.includes(marker) || undefined);
    resolve(undefined);
    expect(taken).toEqual([id, marker]);
    await until('it can come again', async () => {
      await one.queue.send(name, id);
      return taken.length === 3 || undefined;
    });
  });

  test('begin when their time has come, and again when their handler says so', async () => {
    const times: number[] = [];
    const taken: string[] = [];
    await using one = taking(taken, async () => {
      times.push(Date.now());
      return times.length < 3 ? new Date(Date.now() + 300) : undefined;
    });
    const begun = Date.now();
    await one.queue.send(name, crypto.randomUUID(), { startAfter: new Date(begun + 300) });
    await until('three runs', () => times.length === 3 || undefined, 20_000);
    const gaps = times.map((time, index) => time - (times[index - 1] ?? begun));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(290);
    expect(new Set(taken).size).toBe(1);
  });

  test('are tried again when they fail', async () => {
    const taken: string[] = [];
    await using one = taking(
      taken,
      async () => {
        if (taken.length === 1) throw new Error('a fault that passes');
        return undefined;
      },
      async () => (taken.length === 1 ? [taken[0] ?? ''] : []),
    );
    await one.queue.send(name, crypto.randomUUID());
    await until('the second try', () => taken.length === 2 || undefined, 30_000);
    expect(one.warnings.join()).toContain('a fault that passes');
  }, 40_000);

  test('are cancelled on whichever instance they run, and before they run', async () => {
    const reasons: unknown[] = [];
    const taken: string[] = [];
    await using one = taking(taken, (_, signal) =>
      aborted(signal).catch((reason: unknown) => {
        reasons.push(reason);
        return undefined;
      }),
    );
    await using other = openJobQueue(url);
    other.queue.work(name, { concurrency: 0, due: nothing }, async () => undefined);
    const [running, later] = [crypto.randomUUID(), crypto.randomUUID()];
    await one.queue.send(name, running);
    await until('the job', () => taken.length > 0 || undefined);
    await one.queue.send(name, later, { startAfter: new Date(Date.now() + 3_600_000) });
    await other.queue.cancel(name, running);
    await other.queue.cancel(name, later);
    await until('its end', () => reasons.length > 0 || undefined);
    expect(reasons).toEqual(['cancelled']);
    const sql = postgres(url, { max: 1 });
    await until('an empty queue', async () => {
      const [row] =
        await sql`select count(*)::int as n from pgboss.job where name = ${name} and state < 'completed'`;
      return row?.n === 0 || undefined;
    });
    await sql.end();
  });

  test('go to another instance at once when theirs stops', async () => {
    const [first, second]: string[][] = [[], []];
    const one = taking(first ?? [], (_, signal) => aborted(signal));
    const id = crypto.randomUUID();
    await one.queue.send(name, id);
    await until('the job', () => first?.length || undefined);
    await using two = taking(second ?? []);
    await until('the other to listen', () => two.events.connected || undefined);
    await one[Symbol.asyncDispose]();
    await until('the job elsewhere', () => second?.length || undefined, 5000);
    expect([first, second, two.warnings]).toEqual([[id], [id], []]);
  });

  test('of a killed instance are begun again elsewhere', async () => {
    const id = crypto.randomUUID();
    const taker = Bun.spawn(['bun', `${import.meta.dir}/../support/job-taker.ts`, url, name, id], {
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const reader = taker.stdout.getReader();
    await reader.read();
    taker.kill('SIGKILL');
    await taker.exited;
    const taken: string[] = [];
    const killed = performance.now();
    await using one = taking(taken, undefined, async () => (taken.length === 0 ? [id] : []));
    await until('the job', () => taken.length > 0 || undefined, 60_000);
    expect(performance.now() - killed).toBeGreaterThan(1000);
    expect(one.warnings).toEqual([]);
  }, 70_000);

  test('whose rows have no job are found at the start', async () => {
    const id = crypto.randomUUID();
    const taken: string[] = [];
    await using one = taking(taken, undefined, async () => (taken.length === 0 ? [id] : []));
    await until('the job', () => taken.length > 0 || undefined);
    expect([taken, one.warnings]).toEqual([[id], []]);
  });

  test('go on after the database was started again', async () => {
    const taken: string[] = [];
    const finished: string[] = [];
    const { promise: free, resolve } = Promise.withResolvers<undefined>();
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    await using one = taking(
      taken,
      async (id) => {
        await free;
        finished.push(id);
        return undefined;
      },
      async () => ids.filter((id) => !finished.includes(id)),
    );
    await one.queue.send(name, ids[0] ?? '');
    await until('the job', () => taken.length > 0 || undefined);
    await server.restart(async () => {
      // Its row is found later, whether or not this gets through.
      void one.queue.send(name, ids[1] ?? '').catch(() => {});
    });
    resolve(undefined);
    await until('both', () => finished.length >= 2 || undefined, 60_000);
    expect(new Set(finished)).toEqual(new Set(ids));
  }, 90_000);
});
