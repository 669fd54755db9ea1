import { beforeAll, beforeEach, expect, test } from 'bun:test';
import type { EventBus } from '../../src/adapters/events/event-bus.ts';
import { describeEachSharedStore, type Instance } from '../support/shared-stores.ts';
import { until } from '../support/temporary.ts';

describeEachSharedStore('messages between instances', (stores) => {
  let one: Instance;
  let two: Instance;
  beforeAll(async () => {
    [one, two] = [await stores().open(), await stores().open()];
  });
  let topic: string;
  beforeEach(() => {
    topic = crypto.randomUUID();
  });

  /** A bus that listens, with what it gets. */
  const listening = async (instance: Instance, errors: unknown[] = []) => {
    const bus = instance.events(errors);
    const got: unknown[] = [];
    const end = bus.subscribe(topic, (payload) => got.push(payload));
    await connected(bus);
    return { bus, got, end };
  };
  const connected = (bus: EventBus) => until('the connection', () => bus.connected || undefined);

  test('reach every instance in order, the sender too', async () => {
    const [a, b] = [await listening(one), await listening(two)];
    const sent = [{ text: 'o\'"\\ 用户 \u{1f600}' }, 1, null, [true]];
    for (const payload of sent) await a.bus.publish(topic, payload);
    await a.bus.publish(`${topic}-other`, 'not this');
    await b.bus.publish(topic, 'last');
    for (const { got } of [a, b]) {
      await until('all messages', () => got.includes('last') || undefined);
      expect(got).toEqual([...sent, 'last']);
    }
  });

  test('come to each handler once, until it ends', async () => {
    const { bus, got, end } = await listening(one);
    const twice: unknown[] = [];
    const handler = (payload: unknown) => twice.push(payload);
    const ends = [bus.subscribe(topic, handler), bus.subscribe(topic, handler)];
    await bus.publish(topic, 1);
    await until('the message', () => twice.length === 2 || undefined);
    ends[0]?.();
    end();
    await bus.publish(topic, 2);
    await until('the message', () => twice.length === 3 || undefined);
    expect([got, twice]).toEqual([[1], [1, 1, 2]]);
  });

  test('come to the others when a handler throws, which is told', async () => {
    const errors: unknown[] = [];
    const bus = one.events(errors);
    const broken = new Error('a broken handler');
    bus.subscribe(topic, () => {
      throw broken;
    });
    const got: unknown[] = [];
    bus.subscribe(topic, (payload) => got.push(payload));
    bus.onGap(() => {
      throw broken;
    });
    await connected(bus);
    await bus.publish(topic, 1);
    await until('the message', () => got.length > 0 || undefined);
    expect(errors).toEqual([broken, broken]);
  });

  test('are refused when they are too long for PostgreSQL', async () => {
    const { bus, got } = await listening(one);
    expect(bus.publish(topic, '用'.repeat(2400))).rejects.toThrow(RangeError);
    const longest = 'x'.repeat(6900);
    await bus.publish(topic, longest);
    await until('the message', () => got.length > 0 || undefined);
    expect(got).toEqual([longest]);
  });

  test('may be missed while the connection is lost, which `onGap` tells', async () => {
    const { bus, got } = await listening(one);
    let gaps = 0;
    const end = bus.onGap(() => gaps++);
    for (let round = 1; round <= 3; round++) {
      await stores().cutListeners();
      await until('the gap', () => gaps === round || undefined);
      await connected(bus);
      await bus.publish(topic, round);
      await until('the message', () => got.includes(round) || undefined);
    }
    end();
    await stores().cutListeners();
    await until('the cut', () => !bus.connected || undefined);
    await connected(bus);
    expect([gaps, got]).toEqual([3, [1, 2, 3]]);
  });

  test('may be missed by a connection that only seems to live, which is noticed', async () => {
    const { bus, got } = await listening(one);
    let gaps = 0;
    bus.onGap(() => gaps++);
    await stores().freeze(async () => {
      await until('the silence to be noticed', () => !bus.connected || undefined, 20_000);
    });
    await connected(bus);
    expect(gaps).toBe(1);
    await until('a message', async () => {
      await bus.publish(topic, 1).catch(() => {});
      return got.includes(1) || undefined;
    });
  }, 40_000);

  test('end with the bus, which nothing wakes again', async () => {
    const { bus, got } = await listening(one);
    const unused = two.events();
    await unused.close();
    unused.subscribe(topic, () => {});
    await bus.close();
    await bus.close();
    bus.subscribe(topic, (payload) => got.push(payload));
    const { bus: other, got: seen } = await listening(two);
    await other.publish(topic, 1);
    await until('the message', () => seen.length > 0 || undefined);
    expect([bus.connected, unused.connected, got]).toEqual([false, false, []]);
  });
});
