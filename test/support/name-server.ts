import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { ResolveName } from '../../src/adapters/remote/resolve-name.ts';

const CNAME = 5;
const AAAA = 28;
const NAME_ERROR = 3;

/** What is told of a name: its addresses, and whether by way of another name; undefined: nothing, ever. */
export interface Answer {
  readonly addresses: readonly string[];
  readonly alias?: string;
}

export interface NameServer extends AsyncDisposable {
  readonly resolveName: ResolveName;
}

/**
 * A DNS server on the loopback (RFC 1035).
 * @param tell asked for each look-up of a name, with how many there were before.
 */
export async function startNameServer(
  tell: (name: string, before: number) => Answer | undefined | Promise<Answer | undefined>,
): Promise<NameServer> {
  const server = createSocket('udp4');
  const lookups = new Map<string, number>();
  server.on('message', async (query, peer) => {
    const { name, type, end } = question(query);
    const key = `${type} ${name}`;
    const before = lookups.get(key) ?? 0;
    lookups.set(key, before + 1);
    const answer = await tell(name, before);
    if (answer) server.send(reply(query.subarray(0, end), type, answer), peer.port, peer.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const resolver = new Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return {
    async resolveName(name) {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    },
    async [Symbol.asyncDispose]() {
      resolver.cancel();
      server.close();
    },
  };
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function reply(query: Buffer, type: number, { addresses, alias }: Answer): Buffer {
  const fitting = addresses.filter((address) => address.includes(':') === (type === AAAA));
  const records = fitting.map((address) =>
    record(alias === undefined ? Buffer.from([0xc0, 12]) : encodeName(alias), type, encodeAddress(address)),
  );
  if (alias !== undefined) records.unshift(record(Buffer.from([0xc0, 12]), CNAME, encodeName(alias)));
  const head = Buffer.from(query);
  const code = records.length === 0 && addresses.length === 0 ? NAME_ERROR : 0;
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, ...records]);
}

function record(name: Buffer, type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([name, fields, data]);
}

function encodeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** IPv6 only without `::`, or `::` at its beginning. */
function encodeAddress(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const groups = address.split(':').filter((group) => group !== '');
  const bytes = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 16 - 2 * (groups.length - index));
  }
  return bytes;
}
