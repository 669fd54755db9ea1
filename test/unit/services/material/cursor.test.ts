import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { decodeCursor, encodeCursor } from '../../../../src/services/material/cursor.ts';

const id = '01a2054f-309f-74ae-979f-f010d0c501b2';

test('a cursor comes back as it was made', () => {
  for (const cursor of [
    { order: 'CREATED_AT', value: 1_795_300_000_123, id },
    { order: 'NAME', value: '图片 "1".jpg', id },
    { order: 'SIZE', value: 2 ** 40, id },
  ] as const) {
    expect(decodeCursor(encodeCursor(cursor), cursor.order)).toEqual(cursor);
  }
});

test('a cursor of another order is refused', () => {
  const cursor = encodeCursor({ order: 'SIZE', value: 5, id });
  expect(() => decodeCursor(cursor, 'CREATED_AT')).toThrow(AppError);
});

test('what was not made here is refused, and never read as something else', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const forged of [
    '',
    'x',
    encode(null),
    encode(['SIZE', '5', id]),
    encode(['SIZE', 1.5, id]),
    encode(['SIZE', 5, "'; drop table users"]),
    encode(['SIZE', 5]),
    encode(['SIZE', 9e15, id]),
  ]) {
    expect(() => decodeCursor(forged, 'SIZE')).toThrow(AppError);
  }
  expect(() => decodeCursor(encode(['NAME', 'a\0b', id]), 'NAME')).toThrow(AppError);
  fc.assert(fc.property(fc.string(), (text) => expect(() => decodeCursor(text, 'SIZE')).toThrow(AppError)));
});
