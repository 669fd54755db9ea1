import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../../src/errors.ts';
import { FetchQueue } from '../../../../src/services/image-fetch/fetch-queue.ts';

const staying = new AbortController().signal;

/** Whether it has its turn by now, without waiting for it. */
async function hasTurn(turn: Promise<Disposable>): Promise<boolean> {
  const state = await Promise.race([turn.then(() => 'in'), Promise.resolve('out').then((out) => out)]);
  return state === 'in';
}

async function codeOf(turn: Promise<Disposable>): Promise<string> {
  return await turn.then(
    () => 'in',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

function leave(turn: Disposable): void {
  turn[Symbol.dispose]();
}

describe('the queue of fetches', () => {
  test('lets two of a user run, and the others in their order', async () => {
    const queue = new FetchQueue();
    const first = await queue.enter(1, staying);
    const second = await queue.enter(1, staying);
    const third = queue.enter(1, staying);
    const fourth = queue.enter(1, staying);
    expect(await hasTurn(third)).toBe(false);
    leave(first);
    const running = await third;
    expect(await hasTurn(fourth)).toBe(false);
    leave(second);
    leave(running);
    leave(await fourth);
    leave(await queue.enter(1, staying));
  });

  test('lets others pass a user whose turn it is not', async () => {
    const queue = new FetchQueue();
    const turns = [await queue.enter(1, staying), await queue.enter(1, staying)];
    const waiting = queue.enter(1, staying);
    leave(await queue.enter(2, staying));
    expect(await hasTurn(waiting)).toBe(false);
    turns.forEach(leave);
    leave(await waiting);
  });

  test('tells a user who waited too long whose fault it was', async () => {
    const queue = new FetchQueue({ patienceMs: 20 });
    for (let user = 1; user <= 8; user++) {
      await queue.enter(user, staying);
      await queue.enter(user, staying);
    }
    expect(await codeOf(queue.enter(1, staying))).toBe('RATE_LIMITED');
    expect(await codeOf(queue.enter(9, staying))).toBe('SERVICE_UNAVAILABLE');
  });

  test('lets 40 of a user wait and no more', async () => {
    const queue = new FetchQueue();
    const turns = [await queue.enter(1, staying), await queue.enter(1, staying)];
    const waiting = Array.from({ length: 40 }, () => queue.enter(1, staying));
    expect(await codeOf(queue.enter(1, staying))).toBe('RATE_LIMITED');
    turns.forEach(leave);
    for (const turn of waiting) leave(await turn);
  });

  test('forgets who leaves', async () => {
    const queue = new FetchQueue();
    const turns = [await queue.enter(1, staying), await queue.enter(1, staying)];
    const leaving = new AbortController();
    const left = queue.enter(1, leaving.signal);
    const next = queue.enter(1, staying);
    leaving.abort(new Error('gone'));
    expect(await codeOf(left)).toBe('Error: gone');
    turns.forEach(leave);
    leave(await next);
    expect(await codeOf(queue.enter(1, leaving.signal))).toBe('Error: gone');
    // Every place is free again.
    const again = await Promise.all([queue.enter(1, staying), queue.enter(1, staying)]);
    again.forEach(leave);
  });
});
