import { type Fit, type Focus, fits, type Recipe, variantFormats } from '../../../adapters/media/index.ts';
import { MAX_SIDE } from './ladder.ts';

/** What the query parameters of one URL hold, each by itself. */
export interface Modifiers {
  readonly w: number;
  readonly h: number;
  readonly fit: Fit;
  readonly format: 'auto' | (typeof variantFormats)[number];
  readonly q: number;
  readonly focus: Focus;
  readonly dpr: number;
  readonly blur: number;
  readonly rotate: Recipe['rotate'];
  readonly bg: string;
}

interface Modifier<T> {
  /** Undefined for what is not allowed. */
  parse(text: string): T | undefined;
  print(value: T): string;
  /** For the client, behind the parameter's name. */
  readonly allowed: string;
  /** The same in JSON Schema, of what the text stands for. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const MAX_BLUR = 50;
const MIN_BLUR = 0.3;
const MAX_DENSITY = 4;
const COLOUR_NAMES: Readonly<Record<string, string>> = {
  white: 'ffffffff',
  black: '000000ff',
  transparent: '00000000',
};

const ANGLES = [0, 90, 180, 270] as const;
const FRACTION = '(?:0?\\.\\d{1,4}|1\\.0{1,4}|[01])';
const HEX = '[\\da-fA-F]';

/** Every query parameter that makes a variant: how it is read and how it is written. */
export const modifiers = {
  w: wholeNumber(1, MAX_SIDE),
  h: wholeNumber(1, MAX_SIDE),
  fit: oneOf(fits),
  format: {
    ...oneOf(['auto', ...variantFormats]),
    parse: (text) => oneOf(['auto', ...variantFormats]).parse(text === 'jpg' ? 'jpeg' : text),
    schema: { type: 'string', enum: ['auto', ...variantFormats, 'jpg'] },
  },
  q: wholeNumber(1, 100),
  focus: {
    parse: parseFocus,
    print: (focus) => (typeof focus === 'string' ? focus : `${focus.x},${focus.y}`),
    allowed: 'must be two numbers from 0 to 1 with a comma, or attention, entropy, centre',
    schema: { type: 'string', pattern: `^(?:attention|entropy|centre|center|${FRACTION},${FRACTION})$` },
  },
  dpr: decimal(1, MAX_DENSITY),
  blur: decimal(MIN_BLUR, MAX_BLUR),
  rotate: {
    parse: (text) => ANGLES.find((angle) => String(angle) === text),
    print: String,
    allowed: `must be one of ${ANGLES.join(', ')}`,
    schema: { type: 'integer', enum: ANGLES },
  },
  bg: {
    parse: parseColour,
    print: (colour) => (colour.endsWith('ff') ? colour.slice(0, 6) : colour),
    allowed: 'must be a colour such as fff, 336699 or 33669980, or white, black, transparent',
    schema: {
      type: 'string',
      pattern: `^(?:#?(?:${HEX}{3,4}|${HEX}{6}|${HEX}{8})|${Object.keys(COLOUR_NAMES).join('|')})$`,
    },
  },
} as const satisfies { [Name in keyof Modifiers]: Modifier<Modifiers[Name]> };

export const modifierNames = Object.keys(modifiers) as (keyof Modifiers)[];

function wholeNumber(minimum: number, maximum: number): Modifier<number> {
  return {
    parse: (text) => (/^\d{1,4}$/.test(text) ? inside(Number(text), minimum, maximum) : undefined),
    print: String,
    allowed: `must be a whole number from ${minimum} to ${maximum}`,
    schema: { type: 'integer', minimum, maximum },
  };
}

function decimal(minimum: number, maximum: number): Modifier<number> {
  return {
    parse: (text) =>
      /^\d{1,3}(\.\d{1,2})?$/.test(text) ? inside(Number(text), minimum, maximum) : undefined,
    print: String,
    allowed: `must be a number from ${minimum} to ${maximum}`,
    schema: { type: 'number', minimum, maximum },
  };
}

function oneOf<const T extends string>(values: readonly T[]): Modifier<T> {
  return {
    parse: (text) => values.find((value) => value === text),
    print: (value) => value,
    allowed: `must be one of ${values.join(', ')}`,
    schema: { type: 'string', enum: values },
  };
}

function inside(value: number, minimum: number, maximum: number): number | undefined {
  return value >= minimum && value <= maximum ? value : undefined;
}

function parseFocus(text: string): Focus | undefined {
  if (text === 'attention' || text === 'entropy' || text === 'centre') return text;
  if (text === 'center') return 'centre';
  const [, x, y] = /^([01]?\.\d{1,4}|[01]),([01]?\.\d{1,4}|[01])$/.exec(text) ?? [];
  if (x === undefined || y === undefined) return undefined;
  return Number(x) <= 1 && Number(y) <= 1 ? { x: Number(x), y: Number(y) } : undefined;
}

function parseColour(text: string): string | undefined {
  const named = Object.hasOwn(COLOUR_NAMES, text) ? COLOUR_NAMES[text] : undefined;
  if (named !== undefined) return named;
  const [, digits] = /^#?([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/.exec(text.toLowerCase()) ?? [];
  if (digits === undefined) return undefined;
  const full = digits.length <= 4 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return full.length === 6 ? `${full}ff` : full;
}
