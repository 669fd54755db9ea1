import type { Redis } from 'ioredis';
import type { SessionBackend, SessionContent, SessionLifetime, SessionSummary } from './session-backend.ts';

const TIDIED_AT_ONCE = 4;

interface RedisSessionsOptions extends SessionLifetime {
  /** Such as `stockroom:session:`. */
  readonly prefix: string;
}

/**
 * A session is a string under prefix + hash of its id, which ends by itself; `user:<id>` below the prefix is a sorted
 * set of a user's hashes by the time at which they end at the latest. Needs Redis 6.2 (GETEX).
 */
export class RedisSessions implements SessionBackend {
  readonly #redis: Redis;
  readonly #options: RedisSessionsOptions;

  constructor(redis: Redis, options: RedisSessionsOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  async read(idHash: string): Promise<SessionContent | undefined> {
    // One command reads and moves the end; it makes nothing of what is not there.
    const text = await this.#redis.getex(this.#key(idHash), 'EX', this.#options.ttlSeconds);
    const content = this.#alive(text);
    // Being asked for must not keep what has ended.
    if (text !== null && !content) await this.remove(idHash);
    return content;
  }

  async isAlive(idHash: string): Promise<boolean> {
    return this.#alive(await this.#redis.get(this.#key(idHash))) !== undefined;
  }

  async create(idHash: string, content: SessionContent): Promise<void> {
    const { ttlSeconds, maxSeconds } = this.#options;
    const index = this.#userKey(content.userId);
    const end = content.createdAt + maxSeconds * 1000;
    const results = await this.#redis
      .multi()
      .zremrangebyscore(index, '-inf', Date.now())
      .zadd(index, end, idHash)
      .pexpireat(index, end)
      .set(this.#key(idHash), JSON.stringify(content), 'EX', ttlSeconds)
      .exec();
    for (const [error] of results ?? []) if (error) throw error;
    await this.#tidy(index);
  }

  async remove(idHash: string): Promise<void> {
    const key = this.#key(idHash);
    const content = parse(await this.#redis.get(key));
    await this.#redis.del(key);
    if (content) await this.#redis.zrem(this.#userKey(content.userId), idHash);
  }

  async list(userId: number): Promise<SessionSummary[]> {
    const hashes = await this.#redis.zrevrange(this.#userKey(userId), 0, 999);
    if (hashes.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    for (const hash of hashes) pipeline.get(this.#key(hash)).pttl(this.#key(hash));
    const results = (await pipeline.exec()) ?? [];
    const gone: string[] = [];
    const found = hashes.flatMap((idHash, i): SessionSummary[] => {
      const [error, text] = results[2 * i] ?? [];
      if (error) throw error;
      const content = this.#alive(text as string | null);
      if (!content) gone.push(idHash);
      if (!content) return [];
      const left = Number(results[2 * i + 1]?.[1] ?? 0);
      const seen = Date.now() - (this.#options.ttlSeconds * 1000 - left);
      return [
        {
          idHash,
          createdAt: new Date(content.createdAt),
          lastSeenAt: new Date(Math.max(Math.min(seen, Date.now()), content.createdAt)),
          agent: content.agent,
          address: content.address,
        },
      ];
    });
    if (gone.length > 0) await this.#redis.zrem(this.#userKey(userId), ...gone);
    return found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  async removeAll(userId: number): Promise<void> {
    const index = this.#userKey(userId);
    const hashes = await this.#redis.zrange(index, '0', '-1');
    if (hashes.length === 0) return;
    const results = await this.#redis
      .multi()
      .del(...hashes.map((hash) => this.#key(hash)))
      .zrem(index, ...hashes)
      .exec();
    for (const [error] of results ?? []) if (error) throw error;
  }

  /** Sessions end without a word to the index: each new one looks at a few, so that dead ones never pile up. */
  async #tidy(index: string): Promise<void> {
    const some = (await this.#redis.zrandmember(index, TIDIED_AT_ONCE)) as unknown as string[];
    const pipeline = this.#redis.pipeline();
    for (const hash of some) pipeline.exists(this.#key(hash));
    const results = (await pipeline.exec()) ?? [];
    const gone = some.filter((_, i) => results[i]?.[1] === 0);
    if (gone.length > 0) await this.#redis.zrem(index, ...gone);
  }

  /** Redis forgets by itself. */
  async sweep(): Promise<void> {}

  #alive(text: string | null): SessionContent | undefined {
    const content = parse(text);
    return content && content.createdAt + this.#options.maxSeconds * 1000 > Date.now() ? content : undefined;
  }

  #key(idHash: string): string {
    return `${this.#options.prefix}${idHash}`;
  }

  #userKey(userId: number): string {
    return `${this.#options.prefix}user:${userId}`;
  }
}

function parse(text: string | null): SessionContent | undefined {
  return text === null ? undefined : (JSON.parse(text) as SessionContent);
}
