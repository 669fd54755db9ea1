import { customType } from 'drizzle-orm/pg-core';

/** An element of an array as PostgreSQL writes it: in quotes, with backslashes, or bare. */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/gs;

/** `text[]` without nulls. Drizzle's own `array()` loses backslashes when it reads. */
export const textList = customType<{ data: string[]; driverData: string }>({
  dataType: () => 'text[]',
  toDriver: (texts) => `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`,
  fromDriver: (literal) =>
    Array.from(
      literal.matchAll(ELEMENT),
      ([, quoted, bare]) => quoted?.replace(/\\(.)/gs, '$1') ?? bare ?? '',
    ),
});
