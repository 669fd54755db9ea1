/** Days from 1899-12-30 to 1970-01-01. */
export const EPOCH_SERIAL = 25_569;
/** 1900-03-01. Of the days before it spreadsheet programs disagree, as Excel has a 29 February 1900. */
export const FIRST_SERIAL = 61;
/** 9999-12-31. */
export const LAST_SERIAL = 2_958_465;

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a day of the Gregorian calendar; `month` from 1. */
export function daysOf(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is the last one.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The serial number of what a clock in the time zone shows; undefined where spreadsheets have no such date. */
export function serialOf(instant: Date, timeZone: string): number | undefined {
  if (Number.isNaN(instant.getTime())) return undefined;
  const shown = wallClock(instant, timeZone);
  const serial = shown / DAY_MS + EPOCH_SERIAL;
  return serial >= FIRST_SERIAL && serial < LAST_SERIAL + 1 ? serial : undefined;
}

/** ms since 1970-01-01T00:00 on the clock itself. */
function wallClock(instant: Date, timeZone: string): number {
  let format = clocks.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone,
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
    clocks.set(timeZone, format);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of format.formatToParts(instant)) parts[type] = value;
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts[type]);
  if (parts.era?.startsWith('B')) return Number.NEGATIVE_INFINITY;
  const days = daysOf(number('year'), number('month'), number('day'));
  const seconds = number('hour') * 3600 + number('minute') * 60 + number('second');
  const ms = ((instant.getTime() % 1000) + 1000) % 1000;
  return days * DAY_MS + seconds * 1000 + ms;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
