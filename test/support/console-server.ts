import { afterAll, beforeAll } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { Client } from './client.ts';
import { type ConsoleTab, openConsole } from './console.ts';
import { type StockroomServer, startStockroom } from './stockroom.ts';

/** What there is while the tests of a block run. */
export interface ConsoleServer {
  readonly server: StockroomServer;
  readonly browser: Browser;
  /** The first administrator, without a browser. */
  readonly admin: Client;
  /** Opens its console. */
  open(options?: Parameters<typeof openConsole>[2]): Promise<ConsoleTab>;
}

/** Has a server and a browser started before the tests of the block that calls it, and ended after them. */
export function withConsole(env: Readonly<Record<string, string>> = {}): ConsoleServer {
  let server: StockroomServer | undefined;
  let browser: Browser | undefined;
  let admin: Client | undefined;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startStockroom({ env }), startChromium()]);
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });
  const started = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('only tests have it, and what they call');
    return one;
  };
  return {
    get server() {
      return started(server);
    },
    get browser() {
      return started(browser);
    },
    get admin() {
      return started(admin);
    },
    open: (options) => openConsole(started(browser), started(server).url, options),
  };
}
