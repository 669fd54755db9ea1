import { describe, expect, test } from 'bun:test';
import { materialVisit, visitFrom } from '../../../src/console/components/material-visit.ts';

describe('what a list leaves in the history when it opens a material', () => {
  test('is read back with the neighbours in order', () => {
    const list = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    expect(materialVisit(structuredClone(visitFrom(list, 'b')))?.ids).toEqual(['a', 'b', 'c']);
  });

  test('is bounded, around the one that is opened', () => {
    const list = Array.from({ length: 100_000 }, (_, i) => ({ id: String(i) }));
    const { ids } = visitFrom(list, '70000');
    expect(ids.length).toBeLessThanOrEqual(500);
    expect([ids.includes('69999'), ids.includes('70001')]).toEqual([true, true]);
  });

  test('is nothing where somebody came from elsewhere', () => {
    for (const state of [null, undefined, 1, {}, { fromList: true }, { ids: [] }]) {
      expect(materialVisit(state)).toBeUndefined();
    }
  });
});
