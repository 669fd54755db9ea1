import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';

describe('what can only be read', () => {
  let server: StockroomServer;
  beforeAll(async () => {
    server = await startStockroom();
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('answers GET and HEAD, and 405 with Allow to anything else', async () => {
    const client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('plain.png')]);
    for (const path of ['/', '/healthz', '/schema.graphql', `/files${material?.basePath}`]) {
      for (const method of ['GET', 'HEAD']) {
        const response = await client.send(path, { method });
        expect([method, path, response.status]).toEqual([method, path, 200]);
      }
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const response = await client.send(path, { method });
        expect([method, path, response.status]).toEqual([method, path, 405]);
        expect(response.headers.get('allow')).toBe('GET, HEAD');
        expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405 });
      }
    }
  });
});
