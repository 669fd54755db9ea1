import { expect, test } from 'bun:test';
import { inChunks } from '../../../src/console/pages/library/actions/in-chunks.ts';

const ids = Array.from({ length: 250 }, (_, i) => String(i));
const done = (chunk: readonly string[]) => chunk.map((id) => ({ id, code: null, message: null }));

test('many ids go in requests of a hundred, and their outcomes come back in order', async () => {
  const sizes: number[] = [];
  const { outcomes, error } = await inChunks(ids, async (chunk) => {
    sizes.push(chunk.length);
    return done(chunk);
  });
  expect([sizes, outcomes.map(({ id }) => id), error]).toEqual([[100, 100, 50], ids, undefined]);
});

test('what was done before a request failed is told beside the failure, and nothing is sent after it', async () => {
  const failure = new Error('connection lost');
  let requests = 0;
  const { outcomes, error } = await inChunks(ids, async (chunk) => {
    if (++requests === 2) throw failure;
    return done(chunk);
  });
  expect([requests, outcomes.map(({ id }) => id), error]).toEqual([2, ids.slice(0, 100), failure]);
});
