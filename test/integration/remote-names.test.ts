import { describe, expect, test } from 'bun:test';
import { ALLOWED, answerOf, PRIVATE, startHostile } from '../support/hostile-server.ts';
import { startNameServer } from '../support/name-server.ts';
import { remoteClient } from '../support/remote.ts';

describe('a name', () => {
  test('is fetched from the address that it has', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer(() => ({ addresses: [ALLOWED] }));
    await using remote = remoteClient(names);

    const url = `http://pictures.test:${server.port}/a.png?b=c#d`;
    expect((await remote.fetchWhole({ url })).text).toBe('picture');
    expect(server.heads[0]).toStartWith('GET /a.png?b=c HTTP/1.1\r\n');
    expect(server.heads[0]?.toLowerCase()).toContain(`\r\nhost: pictures.test:${server.port}`);
  });

  test('is refused when one of its addresses is private, wherever in the order', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    for (const addresses of [
      [ALLOWED, PRIVATE],
      [PRIVATE, ALLOWED],
      [ALLOWED, '10.0.0.1', '127.0.1.2'],
      [ALLOWED, '::1'],
      [ALLOWED, '::ffff:7f00:0101'],
    ]) {
      await using names = await startNameServer(() => ({ addresses }));
      await using remote = remoteClient(names);
      expect(await remote.reasonOf({ url: `http://pictures.test:${server.port}/` })).toBe('refused');
    }
    expect(server.connections).toBe(0);
  });

  test('is refused when it is another name for a private address', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('secret')), { host: PRIVATE });
    await using names = await startNameServer(() => ({ addresses: [PRIVATE], alias: 'inside.test' }));
    await using remote = remoteClient(names);

    expect(await remote.reasonOf({ url: `http://pictures.test:${server.port}/` })).toBe('refused');
    expect(server.connections).toBe(0);
  });

  test('is dialled at the address that was checked, not looked up again', async () => {
    await using inside = await startHostile((socket) => socket.write(answerOf('secret')), { host: PRIVATE });
    await using outside = await startHostile((socket) => socket.end(answerOf('picture')));
    // The first look-up is good, all others are not.
    await using names = await startNameServer((_name, before) => ({
      addresses: [before === 0 ? ALLOWED : PRIVATE],
    }));
    await using remote = remoteClient(names);

    expect(await remote.reasonOf({ url: `http://pictures.test:${outside.port}/` })).toBe('200 picture');
    expect(await remote.reasonOf({ url: `http://pictures.test:${inside.port}/` })).toBe('refused');
    expect(inside.connections).toBe(0);
  });

  test('is looked up and checked again where a connection could be used again', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer((_name, before) => ({
      addresses: [before < 2 ? ALLOWED : PRIVATE],
    }));
    await using remote = remoteClient(names);
    const url = `http://pictures.test:${server.port}/`;

    expect(await remote.reasonOf({ url })).toBe('200 picture');
    expect(await remote.reasonOf({ url })).toBe('200 picture');
    expect(server.connections).toBe(1);
    expect(await remote.reasonOf({ url })).toBe('refused');
    expect(server.heads.length).toBe(2);
  });

  test('does not get the connection of another name at the same address', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer(() => ({ addresses: [ALLOWED] }));
    await using remote = remoteClient(names);
    for (const name of ['one.test', 'two.test']) {
      expect(await remote.reasonOf({ url: `http://${name}:${server.port}/` })).toBe('200 picture');
    }
    expect(server.connections).toBe(2);
  });

  test('may have an IPv6 address alone', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')), { host: '::1' });
    await using names = await startNameServer(() => ({ addresses: ['::1'] }));
    await using remote = remoteClient({ ...names, allowCidrs: ['::1/128'] });
    expect(await remote.reasonOf({ url: `http://pictures.test:${server.port}/` })).toBe('200 picture');
    expect(await remote.reasonOf({ url: `http://[::1]:${server.port}/` })).toBe('200 picture');
  });

  test('is fetched from its next address when nobody answers at the first', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')), {
      host: '127.0.1.3',
    });
    await using names = await startNameServer(() => ({ addresses: ['127.0.1.2', '127.0.1.3'] }));
    await using remote = remoteClient(names);
    expect(await remote.reasonOf({ url: `http://pictures.test:${server.port}/` })).toBe('200 picture');
  });

  test('without an address is unreachable', async () => {
    await using names = await startNameServer(() => ({ addresses: [] }));
    await using remote = remoteClient(names);
    expect(await remote.reasonOf({ url: 'http://pictures.test/' })).toBe('unreachable');
  });

  test('whose look-up does not end is given up in time', async () => {
    await using names = await startNameServer(() => undefined);
    await using remote = remoteClient({ ...names, timeoutMs: 300 });
    expect(await remote.reasonOf({ url: 'http://pictures.test/' })).toBe('timeout');
  });

  test('whose look-up takes a while is waited for', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer(async () => {
      await Bun.sleep(300);
      return { addresses: [ALLOWED] };
    });
    await using remote = remoteClient(names);
    expect(await remote.reasonOf({ url: `http://pictures.test:${server.port}/` })).toBe('200 picture');
  });

  test('is looked up in the hosts of the system', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')), { host: PRIVATE });
    const url = `http://localhost:${server.port}/`;
    await using allowing = remoteClient({ allowCidrs: ['127.0.0.0/8', '::1/128'] });
    expect(await allowing.reasonOf({ url })).toBe('200 picture');
    await using refusing = remoteClient();
    expect(await refusing.reasonOf({ url })).toBe('refused');
  });
});

describe('a policy', () => {
  test('with hosts allows no other, and no address in their place', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer(() => ({ addresses: [ALLOWED] }));
    await using remote = remoteClient({ ...names, allowHosts: ['one.test', '*.cdn.test'] });
    const ask = (host: string) => remote.reasonOf({ url: `http://${host}:${server.port}/` });

    for (const host of ['one.test', 'ONE.test', 'one.test.', 'a.cdn.test', 'a.b.cdn.test']) {
      expect(await ask(host)).toBe('200 picture');
    }
    for (const host of [
      'two.test',
      'a.one.test',
      'cdn.test',
      'evilcdn.test',
      'one.test.evil.test',
      ALLOWED,
    ]) {
      expect(await ask(host)).toBe('refused');
    }
  });

  test('allows any port of the ranges that it names, and no other port elsewhere', async () => {
    await using server = await startHostile((socket) => socket.write(answerOf('picture')));
    await using names = await startNameServer((name) => ({
      addresses: [name === 'in.test' ? ALLOWED : '8.8.8.8'],
    }));
    await using remote = remoteClient(names);
    expect(await remote.reasonOf({ url: `http://in.test:${server.port}/` })).toBe('200 picture');
    expect(await remote.reasonOf({ url: 'http://out.test:8443/' })).toBe('refused');
  });

  test("refuses this machine's own addresses", async () => {
    const { networkInterfaces } = await import('node:os');
    const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    await using remote = remoteClient();
    for (const { address, scopeid } of addresses) {
      if (scopeid) continue;
      const host = address.includes(':') ? `[${address}]` : address;
      expect(await remote.reasonOf({ url: `http://${host}/` })).toBe('refused');
    }
  });
});
