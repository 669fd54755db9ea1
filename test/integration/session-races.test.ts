import { beforeAll, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { users } from '../../src/adapters/db/schema.ts';
import { localRateLimiter } from '../../src/adapters/rate-limit/rate-limiter.ts';
import { RequestStore } from '../../src/adapters/session/request-store.ts';
import type { SessionBackend } from '../../src/adapters/session/session-backend.ts';
import { Limiter } from '../../src/lib/limiter.ts';
import { changeRights } from '../../src/services/account/end-sessions.ts';
import { loginOf } from '../../src/services/account/log-in.ts';
import type { Ctx } from '../../src/services/context.ts';
import { describeEachSharedStore, type Instance } from '../support/shared-stores.ts';
import { until } from '../support/temporary.ts';

const LIFETIME = { ttlSeconds: 60, maxSeconds: 600 };
const ROUNDS = 120;

describeEachSharedStore('a login that races with a change of rights', (stores) => {
  let one: Instance;
  let two: Instance;
  beforeAll(async () => {
    [one, two] = [await stores().open(), await stores().open()];
  });

  const ctxOf = (instance: Instance, sessions: SessionBackend): Ctx => {
    const limit = localRateLimiter({ name: 'any', points: 1e6, seconds: 60 });
    // What sessions have to do with of everything that a request has.
    const part: Partial<Ctx> = {
      db: instance.db,
      sessions,
      events: instance.events(),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      passwords: new Limiter({ concurrency: 2 }),
      loginLimits: { account: limit, address: limit, change: limit },
    };
    return part as Ctx;
  };
  const findAdmin = async () => {
    const [user] = await one.db.select().from(users).where(eq(users.id, 1));
    if (!user) throw new Error('there is no administrator');
    return user;
  };
  /** Keeps a session as the middleware does when the request ends. */
  const keep = async (ctx: Ctx, user: typeof users.$inferSelect) => {
    const login = loginOf(ctx, user, { isRecorded: true });
    const store = new RequestStore(ctx.sessions);
    store.confirm = () => login.confirm();
    const id = crypto.randomUUID();
    const value = { ...login.actor, createdAt: Date.now(), agent: '', address: '' };
    const data = {
      _data: { content: { value, flash: false } },
      _expire: null,
      _delete: false,
      _accessed: null,
    };
    await store.createSession(id, data);
    return id;
  };

  test.each([
    ['disables the user', { disabledAt: new Date() }],
    ['takes a role', { role: 'MEMBER' }],
    ['sets a password', { passwordHash: 'another' }],
  ] as const)(
    'leaves no session when it %s',
    async (_, change) => {
      const here = ctxOf(one, one.sessions(LIFETIME));
      const there = ctxOf(two, two.sessions(LIFETIME));
      const before = await findAdmin();
      for (let round = 0; round < ROUNDS; round++) {
        const [login, disabled] = await Promise.allSettled([
          delayed(round % 20, () => keep(here, before)),
          delayed((round * 7) % 20, () =>
            changeRights(there, 1, async (tx) => {
              const [written] = await tx.update(users).set(change).where(eq(users.id, 1)).returning();
              if (!written) throw new Error('the administrator has gone');
              return written;
            }),
          ),
        ]);
        expect(disabled.status).toBe('fulfilled');
        expect(await there.sessions.list(1)).toEqual([]);
        if (login.status === 'fulfilled') {
          expect(await new RequestStore(here.sessions).getSessionById(login.value)).toBeUndefined();
        } else {
          expect(login.reason).toMatchObject({ code: 'INVALID_CREDENTIALS' });
        }
        const { disabledAt, role, passwordHash } = before;
        await one.db.update(users).set({ disabledAt, role, passwordHash }).where(eq(users.id, 1));
      }
    },
    60_000,
  );

  test('waits for a change that has ended the sessions and is not written yet', async () => {
    const here = ctxOf(one, one.sessions(LIFETIME));
    const sessions = two.sessions(LIFETIME);
    const before = await findAdmin();
    let login: Promise<unknown> = Promise.resolve();
    const there = ctxOf(two, {
      ...sessions,
      async removeAll(userId, transaction) {
        await sessions.removeAll(userId, transaction);
        let isOver = false;
        login = keep(here, before).catch((error: unknown) => error);
        void login.finally(() => {
          isOver = true;
        });
        await until('the login to wait', async () => {
          const waiting = await one.db.$client`
            select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
          return isOver || waiting.length > 0 || undefined;
        });
      },
    });
    await changeRights(there, 1, async (tx) => {
      const [written] = await tx.update(users).set({ role: 'MEMBER' }).where(eq(users.id, 1)).returning();
      return written ?? before;
    });
    expect(await login).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await sessions.list(1)).toEqual([]);
    await one.db.update(users).set({ role: before.role }).where(eq(users.id, 1));
  });

  test('a change that fails leaves rights as they are', async () => {
    const ctx = ctxOf(one, { ...one.sessions(LIFETIME), removeAll: () => Promise.reject(new Error('away')) });
    const before = await findAdmin();
    const change = changeRights(ctx, 1, async (tx) => {
      const [written] = await tx.update(users).set({ role: 'MEMBER' }).where(eq(users.id, 1)).returning();
      return written ?? before;
    });
    await expect(change).rejects.toThrow('away');
    expect(await findAdmin()).toEqual(before);
    expect(await changeRights(ctxOf(one, one.sessions(LIFETIME)), 99, async () => before)).toBeUndefined();
  });
});

/** Begins after so many turns of the event loop, so that each round has another order. */
async function delayed<T>(turns: number, task: () => Promise<T>): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  return await task();
}
