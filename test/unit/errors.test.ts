import { describe, expect, test } from 'bun:test';
import { NEW_CODES, TRANSPORT_STATUSES } from '../../src/api/http/legacy/envelope.ts';
import {
  AppError,
  type ErrorDefinition,
  errorCatalogue,
  languageOf,
  toPublicError,
} from '../../src/errors.ts';

const documentation = await Bun.file(new URL('../../schema/errors.md', import.meta.url)).text();

describe('the error catalogue', () => {
  test('has the statuses of legacy routes that schema/errors.md says', () => {
    const [said = ''] = /except for .*?\.\n/s.exec(documentation) ?? [];
    const numbers = (said.match(/\b\d{3}\b/g) ?? []).map(Number);
    const ofCodes = [...NEW_CODES].map((code) => errorCatalogue[code].status);
    expect(numbers.sort()).toEqual([...TRANSPORT_STATUSES, ...ofCodes].sort());
    expect(new Set(said.match(/[A-Z_]{4,}/g))).toEqual(new Set(NEW_CODES));
  });

  test('is what schema/errors.md says, code by code and nothing else', () => {
    const documented = documentation.split('\n').flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const code = /^`([A-Z_]+)`$/.exec(cells[1] ?? '')?.[1];
      if (!code) return [];
      const [status, legacyCode, retryable, meaning = '', en, zh] = cells.slice(2);
      expect(`${code}: ${meaning}`).toMatch(/: .{10,}\.\)?$/);
      return [{ code, status, legacyCode, retryable, en, zh }];
    });
    const actual = Object.entries<ErrorDefinition>(errorCatalogue).map(([code, definition]) => ({
      code,
      status: String(definition.status),
      legacyCode: definition.legacyCode === undefined ? '–' : String(definition.legacyCode),
      retryable: definition.retryable ? 'yes' : 'no',
      en: definition.en,
      zh: definition.zh,
    }));
    expect(documented).toEqual(actual);
  });

  test('has texts in both languages and a status that is an error', () => {
    for (const { status, en, zh } of Object.values<ErrorDefinition>(errorCatalogue)) {
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(status).toBeWithin(400, 600);
    }
  });
});

describe('languageOf', () => {
  const cases: readonly (readonly [string | null | undefined, 'en' | 'zh'])[] = [
    [undefined, 'en'],
    [null, 'en'],
    ['', 'en'],
    ['zh', 'zh'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['ZH-hant-TW', 'zh'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en'],
    ['en;q=0.4, zh;q=0.5', 'zh'],
    ['fr, zh;q=0.1', 'zh'],
    ['fr, de', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['zh;q=0', 'en'],
    ['zh;q=abc', 'en'],
    ['zhx', 'en'],
    [`${'x,'.repeat(5000)}zh`, 'en'],
    [';;;,,,q=', 'en'],
  ];
  test('gives the preferred one that the server speaks', () => {
    for (const [value, language] of cases) expect([value, languageOf(value)]).toEqual([value, language]);
  });

  test('falls back to what the way in speaks', () => {
    expect(languageOf(undefined, 'zh')).toBe('zh');
    expect(languageOf('fr', 'zh')).toBe('zh');
    expect(languageOf('en', 'zh')).toBe('en');
  });
});

describe('toPublicError', () => {
  test('tells an AppError in the language asked for', () => {
    const error = new AppError('LOGIN_REQUIRED');
    const shown = { code: 'LOGIN_REQUIRED', status: 401, legacyCode: 40101, retryable: false };
    expect(toPublicError(error, 'en')).toEqual({ ...shown, message: 'Log in first.' } as never);
    expect(toPublicError(error, 'zh')).toEqual({ ...shown, message: '请先登录' } as never);
  });

  test('adds the detail to the text, and the wait', () => {
    const error = new AppError('STORAGE_FULL', { detail: 'Try a smaller one.', retryAfter: 30 });
    expect(toPublicError(error, 'en')).toEqual({
      code: 'STORAGE_FULL',
      status: 507,
      legacyCode: 50000,
      message: 'There is no room for this upload at the moment. Try a smaller one.',
      retryable: true,
      retryAfter: 30,
    });
  });

  test('leaves out what an error does not have', () => {
    expect(Object.keys(toPublicError(new AppError('NOT_FOUND'), 'en')).sort()).toEqual([
      'code',
      'message',
      'retryable',
      'status',
    ]);
  });

  test('masks anything else', () => {
    const masked = {
      code: 'INTERNAL_ERROR',
      status: 500,
      legacyCode: 50000,
      message: 'Something went wrong on the server.',
      retryable: false,
    } as const;
    const lookalike = { code: 'NOT_FOUND', status: 404, message: 'looks like one' };
    for (const thrown of [new Error('password=hunter2'), 'a text', null, undefined, lookalike]) {
      expect(toPublicError(thrown, 'en')).toEqual(masked);
    }
  });

  test('never shows the cause', () => {
    const error = new AppError('SERVICE_UNAVAILABLE', { cause: new Error('db.internal:5432 refused') });
    expect(JSON.stringify(toPublicError(error, 'zh'))).not.toContain('refused');
  });
});

test('a detail is told in the language of the client where there is one for it', () => {
  const both = new AppError('PARAMS_INVALID', {
    detail: { en: 'A page has 0 to 100 items.', zh: '每页 0 到 100 条' },
  });
  expect(toPublicError(both, 'en').message).toBe(
    'The request has a value that is not allowed. A page has 0 to 100 items.',
  );
  expect(toPublicError(both, 'zh').message).toBe('参数有误：每页 0 到 100 条');
  const one = new AppError('PARAMS_INVALID', { detail: 'Too many variables.' });
  expect(toPublicError(one, 'zh').message).toBe('参数有误 Too many variables.');
});
