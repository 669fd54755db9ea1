import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Connections that wait for another request to the same place, and how long, ms. */
const IDLE_EACH = 8;
const IDLE_MS = 4000;

const POOLED: AgentOptions = {
  keepAlive: true,
  maxFreeSockets: IDLE_EACH,
  timeout: IDLE_MS,
  scheduling: 'lifo',
};

/** A connection is used again only for the very address, port and name that it was made for. */
class HttpPool extends HttpAgent {
  override getName(options: Parameters<HttpAgent['getName']>[0] & { readonly servername?: string }): string {
    return `${options?.servername} ${super.getName(options)}`;
  }
}

/** Connections of one policy. Agents of our own: only the global ones heed proxies in the environment. */
export class Connections {
  readonly #http = { pooled: new HttpPool(POOLED), fresh: new HttpPool() };
  readonly #https = {
    // A session that is resumed would not be verified again.
    pooled: new HttpsAgent({ ...POOLED, maxCachedSessions: 0 }),
    fresh: new HttpsAgent({ maxCachedSessions: 0 }),
  };

  /** @param fresh never one that was used before. */
  agent(protocol: string, fresh: boolean): HttpAgent {
    const agents = protocol === 'https:' ? this.#https : this.#http;
    return fresh ? agents.fresh : agents.pooled;
  }

  close(): void {
    for (const { pooled, fresh } of [this.#http, this.#https]) {
      pooled.destroy();
      fresh.destroy();
    }
  }
}
