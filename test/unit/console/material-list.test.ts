import { expect, test } from 'bun:test';
import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import type { LibraryMaterial } from '../../../src/console/pages/library/data/library-material.ts';
import { MaterialList } from '../../../src/console/pages/library/data/material-list.ts';
import { until } from '../../support/temporary.ts';

const EARLIER = '2025-01-01T00:00:00Z';
const stored: readonly LibraryMaterial[] = Array.from({ length: 1000 }, (_, i) => ({
  id: String(i).padStart(4, '0'),
  kind: 'IMAGE',
  originFilename: `${i}.png`,
  folder: '',
  tags: [],
  visibility: 'PUBLIC',
  durationMs: null,
  damaged: false,
  placeholder: null,
  url: `/files/${i}.png`,
  posterUrl: null,
  thumbnail: `/files/${i}.png?width=320`,
  thumbnail2x: `/files/${i}.png?width=640`,
  updatedAt: '2026-01-01T00:00:00Z',
  size: i,
  width: 1,
  height: 1,
  createdAt: '2026-01-01T00:00:00Z',
  deletedAt: null,
  uploadedBy: null,
}));

test('what is told of all that is loaded changes each in its place, also the last before the next page', async () => {
  await using list = await openList();
  const { items } = list.snapshot();
  expect(list.snapshot().hasMore).toBe(true);
  list.patch(items.map(({ id }) => ({ id, tags: ['sale'] })));
  const after = list.snapshot();
  expect(after.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  expect(after.items.every(({ tags }) => tags[0] === 'sale')).toBe(true);
  expect(after.total).toBe(stored.length);
});

test('what was removed finds its place again, and what no longer fits leaves', async () => {
  await using list = await openList();
  const { items } = list.snapshot();
  const some = items.slice(10, 60);
  list.remove(some.map(({ id }) => id));
  expect(list.snapshot().items.length).toBe(items.length - some.length);
  list.put(some);
  expect(list.snapshot().items).toEqual(items);
  list.put(some.map((one) => ({ ...one, deletedAt: '2026-02-01T00:00:00Z' })));
  expect(list.snapshot().items).toEqual([...items.slice(0, 10), ...items.slice(60)]);
  expect(list.snapshot().total).toBe(stored.length - some.length);
});

test('what pushed others out of sight does not pile up, and what was let go comes again when it is wanted', async () => {
  const rows = [...stored];
  await using list = await openList(rows);
  const { length } = list.snapshot().items;
  for (let i = 0; i < stored.length; i += 100) {
    const fresh = stored
      .slice(i, i + 100)
      .map((one) => ({ ...one, id: `new ${one.id}`, createdAt: EARLIER }));
    rows.splice(i, 0, ...fresh);
    list.put(fresh);
    expect(list.snapshot().items).toEqual(rows.slice(0, list.snapshot().items.length));
    expect(list.snapshot().items.length).toBeLessThan(length + 400);
  }
  expect(list.snapshot()).toMatchObject({ total: rows.length, hasMore: true });
  list.want(1200);
  await until('more', async () => list.snapshot().items.length > 1200 || undefined);
  expect(list.snapshot().items).toEqual(rows.slice(0, list.snapshot().items.length));
});

test('what is held back is only counted once it is much, and asked for when somebody comes back to it', async () => {
  const rows = [...stored];
  await using list = await openList(rows);
  const before = list.snapshot().items;
  const waitFor = (count: number) =>
    until(`${count} to wait`, async () => list.snapshot().waiting === count || undefined);
  list.hold(true);
  const fresh = stored.slice(0, 700).map((one) => ({ ...one, id: `new ${one.id}`, createdAt: EARLIER }));
  for (let i = 0; i < fresh.length; i += 100) {
    const batch = fresh.slice(i, i + 100);
    rows.splice(i, 0, ...batch.map((one) => ({ ...one, originFilename: 'as it is now' })));
    list.put(batch);
    expect(list.snapshot().waiting).toBe(i + 100);
  }
  expect(list.snapshot().items).toEqual(before);

  // Whether these are known cannot be told; what the server counts puts it right.
  list.put(fresh.slice(0, 50));
  await waitFor(700);
  rows.splice(0, 100);
  list.remove(fresh.slice(0, 100).map(({ id }) => id));
  await waitFor(600);

  list.hold(false);
  await waitFor(0);
  const { items } = list.snapshot();
  expect(items.slice(0, 100)).toEqual(rows.slice(0, 100));
  expect(items[0]?.originFilename).toBe('as it is now');
});

async function openList(rows: readonly LibraryMaterial[] = stored) {
  const link = new ApolloLink(({ variables }) => {
    const { first, after } = variables as { first?: number; after?: string | null };
    const start = Number(after ?? 0);
    const end = start + (first ?? 0);
    const edges = rows.slice(start, end).map((node) => ({ __typename: 'Edge', node }));
    const pageInfo = { __typename: 'PageInfo', endCursor: String(end), hasNextPage: end < rows.length };
    const materials = { __typename: 'Connection', totalCount: rows.length, edges, pageInfo };
    return new Observable((observer) => {
      observer.next({ data: { materials } });
      observer.complete();
    });
  });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const list = new MaterialList(client, { mallId: 1, filter: {}, orderBy: 'CREATED_AT_ASC' });
  const unsubscribe = list.subscribe(() => {});
  list.want(0);
  await until('the pages that are wanted', async () => {
    const { items, total } = list.snapshot();
    return (items.length > 200 && total !== undefined) || undefined;
  });
  const close = async () => {
    unsubscribe();
    list.close();
  };
  return Object.assign(list, { [Symbol.asyncDispose]: close });
}
