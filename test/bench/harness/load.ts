import autocannon from 'autocannon';
import type { Client } from '../../support/client.ts';

export interface Load {
  /** Requests answered in a second. */
  readonly rate: number;
  /** ms */
  readonly p99: number;
}

export const CONNECTIONS = 16;

/** Sends one GraphQL request over and over, on 16 connections, with the client's session. */
export async function load(
  client: Client,
  request: { readonly query: string; readonly variables?: object },
  seconds: number,
): Promise<Load> {
  return await measureLoad(
    {
      url: `${client.url}/graphql`,
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: client.cookie ?? '' },
      body: JSON.stringify(request),
    },
    seconds,
  );
}

/** @throws when an answer was not 200 or did not come. */
export async function measureLoad(
  request: autocannon.Request,
  seconds: number,
  connections = CONNECTIONS,
): Promise<Load> {
  const result = await autocannon({ ...request, connections, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0 || result['2xx'] === 0) {
    throw new Error(
      `${request.url}: ${result.non2xx} bad answers, ${result.errors} errors, ${result['2xx']} good ones`,
    );
  }
  return { rate: result.requests.total / result.duration, p99: result.latency.p99 };
}
