import { readFile } from 'node:fs/promises';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * For each connection of a local TCP port, by the client's port: how much the system still has to send, as text that is
 * only good to compare (proc(5), /proc/net/tcp, tx_queue). Clients of different addresses may share a port and then an
 * entry.
 * @returns undefined where the system does not tell, which is everywhere but on Linux.
 */
export async function readSendQueues(localPort: number): Promise<ReadonlyMap<number, string> | undefined> {
  const tables = await Promise.all(TABLES.map((path) => readFile(path, 'utf8').catch(() => '')));
  if (tables.every((table) => table === '')) return undefined;
  const local = localPort.toString(16).toUpperCase().padStart(4, '0');
  // slot: address:port address:port state tx_queue:rx_queue …; state 01 is ESTABLISHED, 08 CLOSE_WAIT
  const lines = new RegExp(`^ *\\d+: [\\dA-F]+:${local} [\\dA-F]+:([\\dA-F]{4}) 0[18] ([\\dA-F]{8}):`, 'gm');
  const queues = new Map<number, string>();
  for (const table of tables) {
    for (const [, port = '', queue = ''] of table.matchAll(lines)) {
      const key = Number.parseInt(port, 16);
      queues.set(key, `${queues.get(key) ?? ''}${queue}`);
    }
  }
  return queues;
}
