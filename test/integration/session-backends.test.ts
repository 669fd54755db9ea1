import { beforeAll, expect, test } from 'bun:test';
import type { SessionContent } from '../../src/adapters/session/session-backend.ts';
import { describeEachSharedStore, type Instance } from '../support/shared-stores.ts';
import { until } from '../support/temporary.ts';

const LIFETIME = { ttlSeconds: 2, maxSeconds: 4 };

function content(changes: Partial<SessionContent> = {}): SessionContent {
  return {
    userId: 1,
    username: 'admin',
    role: 'ADMIN',
    mustChangePassword: false,
    createdAt: Date.now(),
    agent: 'a browser',
    address: '127.0.0.1',
    ...changes,
  };
}
const newHash = () => new Bun.CryptoHasher('sha256').update(crypto.randomUUID()).digest('hex');

describeEachSharedStore('session backend', (stores) => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await stores().open();
  });

  test('gives back what was kept, whatever is in it', async () => {
    const sessions = instance.sessions(LIFETIME);
    const hash = newHash();
    const kept = content({ username: 'o\'"\\ 用户 \u{1f600}', agent: '"}{', mustChangePassword: true });
    await sessions.create(hash, kept);
    expect(await sessions.read(hash)).toEqual(kept);
    expect(await sessions.read(newHash())).toBeUndefined();
  });

  test('ends a session for which nobody asks, and in the end one for which somebody does', async () => {
    const sessions = instance.sessions(LIFETIME);
    const [idle, busy, watched] = [newHash(), newHash(), newHash()];
    const begun = Date.now();
    for (const hash of [idle, busy, watched]) await sessions.create(hash, content({ createdAt: begun }));
    const end = async (hash: string, ask: (hash: string) => Promise<unknown>) => {
      await until('the end of a session', async () => ((await ask(hash)) ? undefined : true));
      return (Date.now() - begun) / 1000;
    };
    const [idleSeconds, busySeconds, watchedSeconds] = await Promise.all([
      until('the time in which it may be idle', () => Date.now() - begun > 2200 || undefined).then(
        async () => await sessions.read(idle),
      ),
      end(busy, (hash) => sessions.read(hash)),
      // Being looked at does not keep it alive.
      end(watched, (hash) => sessions.isAlive(hash)),
    ]);
    expect(idleSeconds).toBeUndefined();
    expect(busySeconds).toBeWithin(3.9, 5);
    expect(watchedSeconds).toBeWithin(1.9, 3);
    // Moving the end of a session that has ended does not bring it back.
    expect(await sessions.read(busy)).toBeUndefined();
    await sessions.sweep();
  });

  test('lists and removes the sessions of one user', async () => {
    const sessions = instance.sessions({ ttlSeconds: 60, maxSeconds: 600 });
    await sessions.removeAll(1);
    const hashes = [newHash(), newHash(), newHash()];
    const now = Date.now();
    for (const [i, hash] of hashes.entries()) {
      await sessions.create(hash, content({ createdAt: now - 1000 * i, agent: `agent ${i}` }));
    }
    const listed = await sessions.list(1);
    expect(new Set(listed.map(({ idHash }) => idHash))).toEqual(new Set(hashes));
    expect(await sessions.list(2)).toEqual([]);
    await sessions.remove(hashes[1] ?? '');
    await sessions.remove(newHash());
    expect(await sessions.list(1)).toHaveLength(2);
    await sessions.removeAll(2);
    expect(await sessions.list(1)).toHaveLength(2);
    await sessions.removeAll(1);
    expect(await sessions.list(1)).toEqual([]);
    for (const hash of hashes) expect(await sessions.read(hash)).toBeUndefined();
  });

  test('fails soon while the store hangs, and knows its sessions again when it goes on', async () => {
    const sessions = instance.sessions({ ttlSeconds: 600, maxSeconds: 6000 });
    const hash = newHash();
    await sessions.create(hash, content());
    await stores().freeze(async () => {
      for (const patience of [2500, 1000, 1000]) {
        const begun = Date.now();
        const reads = await Promise.allSettled(Array.from({ length: 20 }, () => sessions.read(hash)));
        expect(reads.filter(({ status }) => status === 'fulfilled')).toEqual([]);
        expect(Date.now() - begun).toBeLessThan(patience);
      }
    });
    const again = await until('the store', () => sessions.read(hash).catch(() => undefined));
    expect(again).toMatchObject({ userId: 1 });
    await sessions.remove(hash);
  }, 30_000);

  test('keeps nothing of sessions that have ended by themselves', async () => {
    const { redis } = stores();
    const sessions = instance.sessions({ ttlSeconds: 3600, maxSeconds: 7200 });
    await sessions.removeAll(1);
    for (let i = 0; i < 300; i++) {
      const hash = newHash();
      await sessions.create(hash, content());
      // As if its time were over.
      if (redis) await redis.admin.del(`stockroom:session:${hash}`);
      else await instance.db.$client`update sessions set expires_at = now() where id_hash = ${hash}`;
    }
    await sessions.sweep();
    const left = redis
      ? await redis.admin.zcard('stockroom:session:user:1')
      : (await instance.db.$client`select from sessions where user_id = 1`).length;
    expect(left).toBeLessThan(150);
  });
});
