import { describe, expect, test } from 'bun:test';
import { startStockroom } from '../support/stockroom.ts';

describe('a server that is told to stop', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'takes %s twice at once, as a terminal sends it to `bun start`, for one',
    async (signal) => {
      await using server = await startStockroom();
      server.process.kill(signal);
      server.process.kill(signal);
      expect(await server.process.exited).toBe(0);
      expect(server.output().match(/"stopping"/g)).toHaveLength(1);
    },
  );
});
