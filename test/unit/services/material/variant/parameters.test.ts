import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../../../../src/errors.ts';
import {
  parseParameters,
  printParameters,
  type VariantParameters,
} from '../../../../../src/services/material/variant/parameters.ts';

const parse = (query: string, exact = false) => parseParameters(new URLSearchParams(query), { exact });
const print = (query: string, exact = false) => {
  const parameters = parse(query, exact);
  return parameters && printParameters(parameters);
};

const decimals = (max: number) => fc.integer({ min: 0, max: max * 100 }).map((value) => String(value / 100));
const given = fc.record(
  {
    w: fc.integer({ min: 1, max: 4000 }).map(String),
    h: fc.integer({ min: 1, max: 4000 }).map(String),
    fit: fc.constantFrom('cover', 'contain', 'fill', 'inside', 'outside'),
    format: fc.constantFrom('auto', 'avif', 'webp', 'jpeg', 'jpg', 'png', 'gif'),
    q: fc.integer({ min: 1, max: 100 }).map(String),
    focus: fc.oneof(
      fc.constantFrom('attention', 'entropy', 'centre', 'center'),
      fc.tuple(decimals(1), decimals(1)).map((point) => point.join(',')),
    ),
    dpr: fc.integer({ min: 100, max: 400 }).map((value) => String(value / 100)),
    blur: fc.integer({ min: 30, max: 5000 }).map((value) => String(value / 100)),
    rotate: fc.constantFrom('0', '90', '180', '270'),
    bg: fc
      .tuple(fc.constantFrom('', '#'), fc.constantFrom(3, 4, 6, 8), fc.infiniteStream(fc.nat(15)))
      .map(([hash, length, digits]) => hash + [...digits.take(length)].map((d) => d.toString(16)).join('')),
  },
  { requiredKeys: [] },
);
const query = given.map((values) => new URLSearchParams(values).toString());

describe('parameters of a picture made to measure', () => {
  test('are written as they are read', () => {
    fc.assert(
      fc.property(query, fc.boolean(), (text, exact) => {
        const parameters = parse(text, exact);
        if (parameters) expect(parse(printParameters(parameters), exact)).toEqual(parameters);
      }),
      { numRuns: 3000 },
    );
  });

  test('that are signed stay as they are when read as if they were not, once snapped', () => {
    fc.assert(
      fc.property(query, (text) => {
        const snapped = print(text);
        if (snapped !== null) expect(print(snapped, true)).toBe(snapped);
      }),
      { numRuns: 1000 },
    );
  });

  test('of whatever kind are read or refused with a detail', () => {
    const names = fc.constantFrom('w', 'h', 'fit', 'format', 'q', 'focus', 'dpr', 'blur', 'rotate', 'bg');
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double().map(String),
      fc.constantFrom(
        '',
        '-1',
        '1e9',
        'NaN',
        'Infinity',
        '0x10',
        '４００',
        '٤',
        '1.',
        '.5',
        '__proto__',
        'constructor',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(names, odd), { maxLength: 4 }), fc.boolean(), (entries, exact) => {
        try {
          parseParameters(new URLSearchParams(entries), { exact });
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe('PARAMS_INVALID');
          expect((error as AppError).detail).toMatch(/^(w|h|fit|format|q|focus|dpr|blur|rotate|bg) /);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('name a bounded number of pictures, whatever is asked for', () => {
    const values: Record<keyof VariantParameters, Set<string>> = {
      width: new Set(),
      height: new Set(),
      fit: new Set(),
      focus: new Set(),
      format: new Set(),
      quality: new Set(),
      blur: new Set(),
      rotate: new Set(),
      background: new Set(),
    };
    fc.assert(
      fc.property(query, (text) => {
        for (const [name, value] of Object.entries(parse(text) ?? {})) {
          values[name as keyof VariantParameters].add(JSON.stringify(value));
        }
      }),
      { numRuns: 20_000 },
    );
    expect(values.quality.size).toBeLessThanOrEqual(21);
    expect(values.focus.size).toBeLessThanOrEqual(21 * 21 + 4);
    expect(values.blur.size).toBeLessThanOrEqual(10);
    expect(values.background.size).toBeLessThanOrEqual(16 ** 4 + 1);
    const boxes = new Set<string | null>();
    for (let w = 1; w <= 4000; w += 3) for (let h = 1; h <= 4000; h += 31) boxes.add(print(`w=${w}&h=${h}`));
    // 4,000 times 4,000 without the ladder.
    expect(boxes.size).toBeLessThan(3500);
  });
});

describe('sizes', () => {
  test.each([
    ['w=401', 'w=480'],
    ['w=400', 'w=400'],
    ['w=1', 'w=16'],
    ['h=4000', 'h=4000'],
    ['w=300&dpr=2', 'w=640'],
    ['w=4000&dpr=4', 'w=4000'],
    ['w=400&h=300', 'w=400&h=300'],
    ['w=320&h=64', 'w=320&h=64'],
    ['w=200&h=100', 'w=240&h=120'],
    ['w=1920&h=1080', 'w=2000&h=1125'],
    ['w=4000&h=2000&dpr=2', 'w=4000&h=2000'],
    ['w=300&h=400', 'w=300&h=400'],
  ])('%s becomes %s', (from, to) => expect(print(from)).toBe(to));

  test('keep the shape that was asked for within 2 %', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 4000 }),
        fc.double({ min: 0.125, max: 1, noNaN: true }),
        (w, ratio) => {
          const h = Math.round(w * ratio);
          const { width, height } = parse(`w=${w}&h=${h}`) as { width: number; height: number };
          expect(width).toBeGreaterThanOrEqual(w);
          expect(Math.abs(height / width / (h / w) - 1)).toBeLessThan(0.021 + 0.5 / height);
        },
      ),
    );
  });

  test('stay as they are when the address is signed', () => {
    expect(print('w=401&h=77&q=83&focus=.123,.5&blur=1.7&bg=123456', true)).toBe(
      'w=401&h=77&q=83&focus=0.123,0.5&blur=1.7&bg=123456',
    );
  });
});

describe('the canonical form', () => {
  test.each([
    ['', null],
    ['v=abc&download', null],
    ['rotate=0', null],
    ['dpr=2', null],
    ['fit=contain', null],
    ['w=400&fit=contain&focus=0,0', 'w=400'],
    ['h=300&w=400&fit=cover', 'w=400&h=300'],
    ['w=400&h=300&fit=fill&focus=attention', 'w=400&h=300&fit=fill'],
    ['q=83', 'q=85'],
    ['q=1', 'q=5'],
    ['format=png&q=50', 'format=png'],
    ['format=jpg', 'format=jpeg'],
    ['w=400&h=400&focus=.52,1', 'w=400&h=400&focus=0.5,1'],
    ['bg=white&w=64', 'w=64&bg=ffffff'],
    ['bg=%23fFf&w=64', 'w=64&bg=ffffff'],
    ['bg=fedcba&w=64', 'w=64&bg=ffddbb'],
    ['bg=transparent&w=64', 'w=64&bg=00000000'],
    ['blur=0.3', 'blur=1'],
  ])('of "%s" is %s', (from, to) => expect(print(from)).toBe(to));

  test.each([
    'w=',
    'w=0',
    'w=-1',
    'w=1e3',
    'w=4001',
    'w=10.5',
    'w=+5',
    'w=%205',
    'w=4&w=4',
    'w=٤٠٠',
    'w=４００',
    'w=1000000000',
    'fit=Cover',
    'fit=constructor',
    'format=svg',
    'q=0',
    'q=101',
    'focus=1.1,0',
    'focus=0',
    'focus=0,0,0',
    'focus=NaN,0',
    'focus=-1,0',
    'dpr=0',
    'dpr=5',
    'dpr=NaN',
    'blur=0',
    'blur=51',
    'blur=1e1',
    'rotate=45',
    'rotate=-90',
    'bg=red',
    'bg=12',
    'bg=ggg',
    'bg=toString',
  ])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(new AppError('PARAMS_INVALID').message);
  });
});
