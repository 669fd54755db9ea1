import { describe, expect, test } from 'bun:test';
import type { EventBus } from '../../../../src/adapters/events/event-bus.ts';
import { announceFiles } from '../../../../src/services/material/changes.ts';
import { FileCache } from '../../../../src/services/material/file-cache.ts';
import type { FileDescriptor } from '../../../../src/services/material/open-file.ts';

/** Messages between instances that can be delayed, lost and cut off. */
class Wire {
  readonly ends: WireEnd[] = [];
  readonly underWay: (() => void)[] = [];

  join(): WireEnd {
    const end = new WireEnd(this);
    this.ends.push(end);
    return end;
  }

  deliver(): void {
    for (const arrive of this.underWay.splice(0)) arrive();
  }
}

class WireEnd implements EventBus {
  connected = true;
  readonly handlers = new Map<string, (payload: unknown) => void>();
  readonly gaps: (() => void)[] = [];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async publish(topic: string, payload: unknown): Promise<void> {
    for (const end of this.#wire.ends) {
      if (end.connected) this.#wire.underWay.push(() => end.handlers.get(topic)?.(payload));
    }
  }

  subscribe(topic: string, handler: (payload: unknown) => void): () => void {
    this.handlers.set(topic, handler);
    return () => void this.handlers.delete(topic);
  }

  onGap(handler: () => void): () => void {
    this.gaps.push(handler);
    return () => {};
  }

  async close(): Promise<void> {}
}

function setUp(options: { entries?: number; ttlMs?: number } = {}) {
  const wire = new Wire();
  const bus = wire.join();
  let time = 0;
  let reads = 0;
  const rows = new Map<string, FileDescriptor>();
  const cache = new FileCache({ bus, now: () => time, ...options });
  return {
    wire,
    bus,
    cache,
    rows,
    find: (path: string) =>
      cache.find(path, async () => {
        reads++;
        return rows.get(path);
      }),
    reads: () => reads,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function file(size = 1): FileDescriptor {
  return {
    kind: 'IMAGE',
    durationMs: null,
    damaged: false,
    storageKey: 'key',
    size,
    mimeType: 'image/png',
    sha256: 'ab',
    focalX: null,
    focalY: null,
    originFilename: 'a.png',
    visibility: 'PUBLIC',
    lastModified: new Date(0),
  };
}

describe('the cache of files', () => {
  test('reads a row once', async () => {
    const { rows, find, reads } = setUp();
    const row = file();
    rows.set('/a', row);
    expect([await find('/a'), await find('/a'), await find('/a')]).toEqual([row, row, row]);
    expect(reads()).toBe(1);
  });

  test('never remembers that something is not there', async () => {
    const { rows, find } = setUp();
    expect(await find('/a')).toBeUndefined();
    rows.set('/a', file());
    expect(await find('/a')).toBeDefined();
  });

  test('forgets what another instance changed', async () => {
    const { wire, rows, find, cache } = setUp();
    const other = wire.join();
    rows.set('/a', file(1));
    rows.set('/b', file(1));
    await find('/a');
    await find('/b');
    rows.set('/a', file(2));
    await announceFiles({ events: other, log: silent }, ['/a']);
    wire.deliver();
    expect(cache.get('/a')).toBeUndefined();
    expect(cache.get('/b')).toBeDefined();
    expect((await find('/a'))?.size).toBe(2);
  });

  test('forgets its own change at once, before any message came round', async () => {
    const { rows, find, cache } = setUp();
    rows.set('/a', file());
    await find('/a');
    cache.forget('/a');
    expect(cache.get('/a')).toBeUndefined();
  });

  test('does not keep a row that was read before the news of its change came', async () => {
    const { wire, cache } = setUp();
    const other = wire.join();
    const { promise: row, resolve: answer } = Promise.withResolvers<FileDescriptor>();
    const reading = cache.find('/a', () => row);
    await announceFiles({ events: other, log: silent }, ['/a']);
    wire.deliver();
    answer(file(1));
    expect((await reading)?.size).toBe(1);
    expect(cache.get('/a')).toBeUndefined();
  });

  test('does not keep a row that was read across a gap', async () => {
    const { bus, cache } = setUp();
    const { promise: row, resolve: answer } = Promise.withResolvers<FileDescriptor>();
    const reading = cache.find('/a', () => row);
    for (const gap of bus.gaps) gap();
    answer(file());
    await reading;
    expect(cache.get('/a')).toBeUndefined();
  });

  test('is emptied by a gap', async () => {
    const { bus, rows, find, cache } = setUp();
    rows.set('/a', file());
    await find('/a');
    for (const gap of bus.gaps) gap();
    expect(cache.get('/a')).toBeUndefined();
  });

  test('stands aside while the bus is not connected, and begins anew afterwards', async () => {
    const { bus, rows, find, reads, cache } = setUp();
    rows.set('/a', file(1));
    await find('/a');
    bus.connected = false;
    rows.set('/a', file(2));
    expect((await find('/a'))?.size).toBe(2);
    expect((await find('/a'))?.size).toBe(2);
    expect(reads()).toBe(3);
    bus.connected = true;
    expect(cache.get('/a')).toBeUndefined();
  });

  test('keeps nothing that was read while the connection came back', async () => {
    const { bus, cache } = setUp();
    bus.connected = false;
    await cache.find('/a', async () => {
      bus.connected = true;
      return file();
    });
    expect(cache.get('/a')).toBeUndefined();
  });

  test('keeps nothing without a bus', async () => {
    const cache = new FileCache({});
    await cache.find('/a', async () => file());
    expect(cache.get('/a')).toBeUndefined();
  });

  test('looks again after its time, counted from before the read', async () => {
    const { rows, find, reads, pass } = setUp({ ttlMs: 1000 });
    rows.set('/a', file());
    await find('/a');
    pass(999);
    await find('/a');
    expect(reads()).toBe(1);
    pass(1);
    await find('/a');
    expect(reads()).toBe(2);
  });

  test('is bounded, and drops what was not asked for longest', async () => {
    const { rows, find, cache } = setUp({ entries: 2 });
    for (const path of ['/a', '/b', '/c']) rows.set(path, file());
    await find('/a');
    await find('/b');
    cache.get('/a');
    await find('/c');
    expect(['/a', '/b', '/c'].filter((path) => cache.get(path))).toEqual(['/a', '/c']);
  });

  test('forgets everything on a message that it does not understand', async () => {
    const { bus, rows, find, cache } = setUp();
    rows.set('/a', file());
    for (const payload of [null, 'x', {}, { basePath: 7 }]) {
      await find('/a');
      for (const handler of bus.handlers.values()) handler(payload);
      expect(cache.get('/a')).toBeUndefined();
    }
  });
});
