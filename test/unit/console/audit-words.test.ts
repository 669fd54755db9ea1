import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { auditWords, knownActions, wordFor } from '../../../src/console/components/audit-words.ts';
import { projectRoot } from '../../support/stockroom.ts';

test('there are words for every action of the audit trail, and for no others', async () => {
  const source = await Bun.file(join(projectRoot, 'src/services/audit/record-events.ts')).text();
  const [, union = ''] = /type AuditAction =([^;]+);/.exec(source) ?? [];
  const actions = [...union.matchAll(/'([^']+)'/g)].map(([, action = '']) => action);
  expect(actions.length).toBeGreaterThan(20);
  expect(knownActions.toSorted()).toEqual(actions.toSorted());
});

test('a name without a word is shown as it is, also one that every object has', () => {
  expect(wordFor(auditWords.en.actions, 'material.created')).toBe('Material came in');
  expect(wordFor(auditWords.en.actions, 'material.painted')).toBe('material.painted');
  expect(wordFor(auditWords.en.fields, 'constructor')).toBe('constructor');
});
