import { eq } from 'drizzle-orm';
import { users } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Actor, Ctx } from '../context.ts';

const MAX_PASSWORD_LENGTH = 1000;
/** Tries that failed for one name in a window, before the next must wait. */
const MAX_FAILURES = 10;
const WINDOW_MS = 600_000;

const failures = new Map<string, { count: number; until: number }>();
let hashing: Promise<unknown> = Promise.resolve();

/**
 * Unknown names and wrong passwords take the same time and give the same answer.
 * @throws AppError INVALID_CREDENTIALS, RATE_LIMITED
 */
export async function logIn({ db }: Ctx, input: { username: string; password: string }): Promise<Actor> {
  const now = Date.now();
  for (const [name, { until }] of failures) if (until <= now) failures.delete(name);
  if ((failures.get(input.username)?.count ?? 0) >= MAX_FAILURES) throw new AppError('RATE_LIMITED');

  const user = db.select().from(users).where(eq(users.username, input.username)).get();
  const isRight = await oneAtATime(async () => {
    const hash = user?.passwordHash ?? (await dummyHash());
    return await Bun.password.verify(input.password.slice(0, MAX_PASSWORD_LENGTH), hash);
  });
  if (!user || !isRight) {
    const failed = failures.get(input.username) ?? { count: 0, until: now + WINDOW_MS };
    failures.set(input.username.slice(0, 200), { ...failed, count: failed.count + 1 });
    throw new AppError('INVALID_CREDENTIALS');
  }
  failures.delete(input.username);
  return { userId: user.id, username: user.username };
}

/** argon2id takes a core and much memory: a rush of logins must not take all of them. */
function oneAtATime<T>(task: () => Promise<T>): Promise<T> {
  const result = hashing.then(task);
  hashing = result.catch(() => {});
  return result;
}

let dummy: Promise<string> | undefined;

function dummyHash(): Promise<string> {
  dummy ??= Bun.password.hash('nobody has this password');
  return dummy;
}
