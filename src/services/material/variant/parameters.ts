import type { Focus, Recipe } from '../../../adapters/media/index.ts';
import { AppError } from '../../../errors.ts';
import { BLURS, DENSITIES, MAX_SIDE, snapBox, snapSide, snapUp } from './ladder.ts';
import { type Modifiers, modifierNames, modifiers } from './modifiers.ts';

/** What a URL asks of a picture, in its canonical form: what changes nothing is left out. */
export interface VariantParameters extends Omit<Recipe, 'format' | 'focus'> {
  /** `own`: the source's own format, or the nearest that every browser shows. `auto`: what `Accept` lets. */
  readonly format: Modifiers['format'] | 'own';
  /** Null: nobody asked, so a focus that is kept with the material counts. */
  readonly focus: Focus | null;
}

const QUALITY_STEP = 5;
const FOCUS_STEPS = 20;
const COLOUR_STEP = 0x11;

/**
 * Reads the query of a file URL.
 * @param exact the URL is signed, so sizes stay as they are; else they snap to a bounded number of values, since
 * everybody can write URLs.
 * @returns null when the query has nothing that makes a variant
 * @throws AppError PARAMS_INVALID with a detail that names the parameter
 */
export function parseParameters(
  query: URLSearchParams,
  { exact = false }: { exact?: boolean } = {},
): VariantParameters | null {
  const given: { -readonly [Name in keyof Modifiers]?: Modifiers[Name] } = {};
  let isPlain = true;
  for (const [name, text] of query) {
    if (!isModifier(name)) continue;
    isPlain = false;
    read(name, text, given);
  }
  // Most addresses are those of whole files.
  if (isPlain) return null;
  const parameters = canonical(exact ? given : snapped(given), exact);
  return printParameters(parameters) === '' ? null : parameters;
}

/** The query that stands for the parameters, which is also their key; the empty text for none. */
export function printParameters(parameters: VariantParameters): string {
  const { width, height, fit, focus, format, quality, blur, rotate, background } = parameters;
  const isBox = width !== null && height !== null;
  const values: { [Name in keyof Modifiers]: Modifiers[Name] | null } = {
    w: width,
    h: height,
    fit: isBox && fit !== 'cover' ? fit : null,
    format: format === 'own' ? null : format,
    q: quality,
    focus,
    dpr: null,
    blur,
    rotate: rotate || null,
    bg: background,
  };
  return modifierNames.flatMap((name) => print(name, values)).join('&');
}

function read<Name extends keyof Modifiers>(
  name: Name,
  text: string,
  given: { -readonly [Key in keyof Modifiers]?: Modifiers[Key] },
): void {
  if (given[name] !== undefined)
    throw new AppError('PARAMS_INVALID', { detail: `${name} is there more than once.` });
  const { parse, allowed } = modifiers[name];
  const value = (parse as (text: string) => Modifiers[Name] | undefined)(text);
  if (value === undefined) throw new AppError('PARAMS_INVALID', { detail: `${name} ${allowed}.` });
  given[name] = value;
}

function isModifier(name: string): name is keyof Modifiers {
  return Object.hasOwn(modifiers, name);
}

function print<Name extends keyof Modifiers>(
  name: Name,
  values: { [Key in keyof Modifiers]: Modifiers[Key] | null },
): string[] {
  const value = values[name];
  if (value === null) return [];
  return [`${name}=${(modifiers[name].print as (value: Modifiers[Name]) => string)(value)}`];
}

function canonical(given: Partial<Modifiers>, exact: boolean): VariantParameters {
  const { fit = 'cover', focus, format = 'own', q = null, blur = null, rotate = 0, bg = null } = given;
  const { width, height } = boxOf(given, exact);
  const isCut = width !== null && height !== null && fit === 'cover';
  return {
    width,
    height,
    fit: width !== null && height !== null ? fit : 'cover',
    focus: isCut ? (focus ?? null) : null,
    format,
    quality: format === 'png' || format === 'gif' ? null : q,
    blur,
    rotate,
    background: bg,
  };
}

/** The box in device pixels: a box that is too large for its density is made smaller as a whole. */
function boxOf({ w, h, dpr = 1 }: Partial<Modifiers>, exact: boolean): Pick<Recipe, 'width' | 'height'> {
  const factor = Math.min(dpr, MAX_SIDE / Math.max(w ?? 1, h ?? 1));
  const width = w === undefined ? null : Math.max(1, Math.round(w * factor));
  const height = h === undefined ? null : Math.max(1, Math.round(h * factor));
  if (exact) return { width, height };
  if (width !== null && height !== null) return snapBox(width, height);
  return { width: width && snapSide(width), height: height && snapSide(height) };
}

function snapped(given: Partial<Modifiers>): Partial<Modifiers> {
  const { q, focus, dpr, blur, bg } = given;
  return {
    ...given,
    ...(q === undefined ? {} : { q: Math.min(Math.ceil(q / QUALITY_STEP) * QUALITY_STEP, 100) }),
    ...(typeof focus === 'object' ? { focus: { x: fraction(focus.x), y: fraction(focus.y) } } : {}),
    ...(dpr === undefined ? {} : { dpr: snapUp(dpr, DENSITIES) }),
    ...(blur === undefined ? {} : { blur: snapUp(blur, BLURS) }),
    ...(bg === undefined ? {} : { bg: colour(bg) }),
  };
}

function fraction(value: number): number {
  return Math.round(value * FOCUS_STEPS) / FOCUS_STEPS;
}

/** Each channel to one of sixteen: white, black and every colour of three digits stay. */
function colour(hex: string): string {
  const channels = hex.match(/../g) ?? [];
  return channels
    .map((channel) => Math.round(Number.parseInt(channel, 16) / COLOUR_STEP) * COLOUR_STEP)
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('');
}
