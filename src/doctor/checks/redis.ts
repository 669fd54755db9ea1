import { type Check, took } from '../check.ts';

const PATIENCE = 3000;

export const redis: Check = {
  name: 'Redis',
  advice: 'See that Redis runs and that REDIS_URL has the right host and password; or leave REDIS_URL unset.',
  async look({ redisUrl, session }) {
    if (redisUrl === undefined) return undefined;
    const { evictionPolicy, firstAnswer, openRedis } = await import('../../adapters/redis/open.ts');
    const connection = openRedis(redisUrl, { onLost() {}, onBack() {} });
    try {
      await firstAnswer(connection, `${session.prefix}doctor`, PATIENCE);
      const start = performance.now();
      await connection.ping();
      const found = `${new URL(redisUrl).host}, answers in ${took(start)}`;
      const policy = await evictionPolicy(connection);
      if (policy === undefined || policy === 'noeviction') return { state: 'fine', found };
      return {
        state: 'warning',
        found: `${found}, maxmemory-policy ${policy}`,
        advice:
          'Set maxmemory-policy to noeviction: else it may forget sessions that still have to be ended.',
      };
    } finally {
      connection.disconnect();
    }
  },
};
