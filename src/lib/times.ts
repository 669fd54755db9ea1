/** What a written time covers: from its first millisecond to the one after its last. */
export interface TimeSpan {
  readonly from: Date;
  /** Not included. */
  readonly until: Date;
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+ -]\d{2}:?\d{2})?)?$/i;
/** IANA names only: PostgreSQL reads the sign of a bare offset the other way round. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
/** No place on earth is, or was, further than this from UTC. */
const FURTHEST = 16 * 60 * MINUTE;
const FIRST_YEAR = 1900;

/** Whether a text names an IANA time zone. */
export function isTimeZoneName(name: string): boolean {
  if (!ZONE_NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a day (`2026-11-22`) or a time (ISO 8601, `2026-11-22T08:30:00Z`); what has no offset is of the time zone. A
 * space counts as the `+` of an offset, which it becomes in queries.
 * @returns the whole day, minute, second or millisecond that is written; undefined for what is no time.
 */
export function readTime(text: string, timeZone: string): TimeSpan | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const clock = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Number((fraction ?? '').padEnd(3, '0').slice(0, 3)),
  );
  if (!isClock(clock, match) || Number(year) < FIRST_YEAR) return undefined;
  if (hour === undefined) return { from: firstAt(clock, timeZone), until: firstAt(clock + DAY, timeZone) };
  const from = offset === undefined ? firstAt(clock, timeZone) : new Date(clock - offsetMs(offset));
  const length = second === undefined ? MINUTE : fraction === undefined ? SECOND : 1;
  return { from, until: new Date(from.getTime() + length) };
}

/** Whether the parts are those of a day and a time that there are, such as no 30 February. */
function isClock(clock: number, [, , month, day, hour, minute, second]: RegExpExecArray): boolean {
  const date = new Date(clock);
  return (
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour ?? 0) &&
    date.getUTCMinutes() === Number(minute ?? 0) &&
    date.getUTCSeconds() === Number(second ?? 0)
  );
}

function offsetMs(offset: string): number {
  if (/z/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * MINUTE;
}

/** The first second at which clocks of the zone show this or later; they may never show it, where they are put forward. */
function firstAt(clock: number, timeZone: string): Date {
  const ms = clock % SECOND;
  let low = Math.floor((clock - FURTHEST) / SECOND);
  let high = Math.floor((clock + FURTHEST) / SECOND);
  const wanted = Math.floor(clock / SECOND);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (clockAt(middle, timeZone) < wanted) low = middle + 1;
    else high = middle;
  }
  return new Date(low * SECOND + (clockAt(low, timeZone) === wanted ? ms : 0));
}

/** What a clock of the zone shows, as if it were UTC; seconds, as is the instant. */
function clockAt(instant: number, timeZone: string): number {
  let format = clocks.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    clocks.set(timeZone, format);
  }
  const [year = 0, month = 1, ...rest] = format
    .format(new Date(instant * SECOND))
    .split(/\D+/)
    .map(Number);
  return Date.UTC(year, month - 1, ...rest) / SECOND;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
