import { beforeAll, expect, test } from 'bun:test';
import { sharedRateLimiter } from '../../src/adapters/rate-limit/rate-limiter.ts';
import { describeEachSharedStore, type Instance } from '../support/shared-stores.ts';
import { until } from '../support/temporary.ts';

describeEachSharedStore('a rate limit', (stores) => {
  let instances: Instance[];
  beforeAll(async () => {
    instances = [await stores().open(), await stores().open()];
  });
  const limiters = (limit: { points: number; seconds: number }) => {
    const name = crypto.randomUUID();
    return instances.map(({ counters }) => sharedRateLimiter(counters, { name, ...limit }));
  };

  test('gives no more points than it has, however many ask at once on two instances', async () => {
    const both = limiters({ points: 20, seconds: 60 });
    const waits = await Promise.all(
      Array.from({ length: 200 }, (_, i) => both[i % 2]?.take('key') ?? Promise.reject(new Error())),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(20);
    for (const wait of waits) if (wait !== 0) expect(wait).toBeWithin(1, 61);
    expect(await both[0]?.take('another key')).toBe(0);
  });

  test('gives a point again that was given back, and all when the window is over', async () => {
    const [here, there] = limiters({ points: 2, seconds: 2 });
    if (!here || !there) throw new Error('there are no limiters');
    const begun = Date.now();
    expect([await here.take('key'), await there.take('key')]).toEqual([0, 0]);
    expect(await here.take('key')).toBeWithin(1, 3);
    await there.giveBack('key');
    await there.giveBack('key');
    expect([await here.take('key'), await there.take('key')]).not.toEqual([0, 0]);
    await until('the next window', async () => ((await here.take('key')) === 0 ? true : undefined));
    expect(Date.now() - begun).toBeWithin(1500, 5000);
  });

  test('takes keys of any kind', async () => {
    const [limiter] = limiters({ points: 1, seconds: 60 });
    for (const key of ['o\'"\\ 用户', '*', '2001:db8::/64']) {
      expect([await limiter?.take(key), (await limiter?.take(key)) !== 0]).toEqual([0, true]);
    }
  });
});
