import { expect, test } from 'bun:test';
import { allTables, backedUpTables, leftOutTables } from '../../src/services/backup/tables.ts';

test('every table is backed up, or named among those that are left out', () => {
  const named = [...backedUpTables.map(({ name }) => name), ...leftOutTables];
  expect(named.sort()).toEqual([...allTables].sort());
});
