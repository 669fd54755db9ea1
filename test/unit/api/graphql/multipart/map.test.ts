import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { applyMap } from '../../../../../src/api/graphql/multipart/map.ts';
import { PendingUpload } from '../../../../../src/api/graphql/multipart/upload-queue.ts';
import { AppError } from '../../../../../src/errors.ts';

test('puts each file at its paths', () => {
  const operations = { variables: { files: [null, null], input: { cover: null } } };
  const uploads = applyMap(
    operations,
    { a: ['variables.files.1', 'variables.input.cover'], b: ['variables.files.0'] },
    5,
  );
  expect(uploads.map(({ key }) => key)).toEqual(['a', 'b']);
  expect(operations.variables.files).toEqual([uploads[1], uploads[0]] as never);
  expect(operations.variables.input.cover).toBe(uploads[0] as never);
});

describe('refuses', () => {
  const refused: [string, unknown][] = [
    ['a map that is a list', []],
    ['a map that is null', null],
    ['paths that are no list', { 0: 'variables.files.0' }],
    ['an empty list of paths', { 0: [] }],
    ['a path that is a number', { 0: [1] }],
    ['a path outside of the variables', { 0: ['query'] }],
    ['the variables themselves', { 0: ['variables'] }],
    ['a place that does not exist', { 0: ['variables.files.7'] }],
    ['a place that holds something', { 0: ['variables.text'] }],
    ['the same place twice', { 0: ['variables.files.0', 'variables.files.0'] }],
    ['a place within another file', { 0: ['variables.files.0'], 1: ['variables.files.0.key'] }],
    ['a property of a list', { 0: ['variables.files.length'] }],
    ['the prototype', { 0: ['variables.__proto__.polluted'] }],
    ['the constructor', { 0: ['variables.constructor.prototype.polluted'] }],
    ['a method', { 0: ['variables.files.map'] }],
    ['a built-in of a built-in', { 0: ['variables.toString.call'] }],
  ];
  test.each(refused)('%s', (_what, map) => {
    const operations = JSON.parse(
      '{"variables":{"files":[null,null],"text":"x","__proto__":{"polluted":null}}}',
    );
    expect(() => applyMap(operations, map, 5)).toThrow(AppError);
    expect({}).not.toHaveProperty('polluted');
  });

  test('more files or places than allowed', () => {
    const files = { variables: { files: Array(10).fill(null) } };
    const map = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [i, [`variables.files.${i}`]]));
    expect(() => applyMap(structuredClone(files), map, 5)).toThrow(new AppError('TOO_MANY_FILES'));
    expect(() => applyMap(structuredClone(files), { a: Object.values(map).flat() }, 5)).toThrow(AppError);
  });
});

test('no path reaches anything but own properties of the variables', () => {
  const builtIns = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const words = [
    'variables',
    'files',
    '__proto__',
    'constructor',
    'prototype',
    'call',
    'toString',
    '0',
    'a',
    '',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 6 }), (keys) => {
      const operations = { variables: { files: [null], a: { a: null } } };
      try {
        applyMap(operations, { 0: [keys.join('.')] }, 5);
        const placed = operations.variables.files[0] ?? operations.variables.a.a;
        expect(placed as unknown).toBeInstanceOf(PendingUpload);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(builtIns);
      expect(typeof Function.prototype.call).toBe('function');
    }),
  );
});
