import { Redis } from 'ioredis';

/** ms. A Redis that hangs must not hold requests. */
const COMMAND_TIMEOUT = 500;
/** ms. A connection that owes an answer for so long is made anew; until then requests fail at once. */
const SILENCE_TIMEOUT = 750;
const CONNECT_TIMEOUT = 1000;
const LONGEST_BACKOFF = 500;
const RETRY_MS = 50;

export interface RedisEvents {
  /** Told once when the connection is lost or refused, with the reason. */
  readonly onLost: (error: Error) => void;
  /** Told once when it is back. */
  readonly onBack: () => void;
}

/** A connection that fails at once while Redis is away, and comes back by itself. */
export function openRedis(url: string, { onLost, onBack }: RedisEvents): Redis {
  const redis = new Redis(url, {
    connectionName: 'stockroom',
    enableOfflineQueue: false,
    // Who asked has been told that it failed; done later it would surprise.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    connectTimeout: CONNECT_TIMEOUT,
    commandTimeout: COMMAND_TIMEOUT,
    socketTimeout: SILENCE_TIMEOUT,
    keepAlive: 10_000,
    noDelay: true,
    retryStrategy: (attempt) => Math.min(20 * 2 ** attempt, LONGEST_BACKOFF),
  });
  let isLost = false;
  redis.on('error', (error: Error) => {
    if (!isLost) onLost(withoutSecrets(error));
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) onBack();
    isLost = false;
  });
  return redis;
}

/**
 * Waits for the first answer.
 * @param key any key below the prefix that the server uses.
 * @throws Error with the reason when there is none within `timeoutMs`, or when Redis is older than 6.2.
 */
export async function firstAnswer(redis: Redis, key: string, timeoutMs: number): Promise<void> {
  let reason = new Error('no answer');
  const note = (error: Error) => {
    reason = withoutSecrets(error);
  };
  redis.on('error', note);
  const deadline = Date.now() + timeoutMs;
  try {
    for (;;) {
      try {
        // Sessions are read with this command, which Redis has since 6.2.
        await redis.getex(key, 'EX', 1);
        return;
      } catch (error) {
        if (error instanceof Error && /unknown command/i.test(error.message)) {
          throw new Error('it has no GETEX, which came with Redis 6.2', { cause: error });
        }
        // While there is no connection the library tells that, and not why.
        if (error instanceof Error && error.name === 'ReplyError') note(error);
        if (Date.now() > deadline) throw reason;
      }
      await Bun.sleep(RETRY_MS);
    }
  } finally {
    redis.off('error', note);
  }
}

/** The policy by which Redis forgets keys when its memory is full; undefined where it does not tell. */
export async function evictionPolicy(redis: Redis): Promise<string | undefined> {
  const info = await redis.info('memory').catch(() => '');
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
}

/** The library's errors have the command that failed with them, and the one that logs in has the password. */
function withoutSecrets(error: Error): Error {
  const code = 'code' in error ? String(error.code) : '';
  return new Error(error.message || code || error.name);
}
