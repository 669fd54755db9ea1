/** The calendar day of an instant in an IANA time zone, as `YYYY-MM-DD`. */
export function dayIn(timeZone: string, instant: Date): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format.format(instant);
}

/**
 * What a clock in an IANA time zone shows, as the instant at which this machine's clock shows the same: for formats
 * that have no zone.
 */
export function wallClockIn(timeZone: string, instant: Date): Date {
  let format = clocks.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    clocks.set(timeZone, format);
  }
  return new Date(format.format(instant).replace(' ', 'T'));
}

/** What a clock in an IANA time zone shows, to the microsecond: `<YYYYMMDDHHmmss-ffffff>`. */
export function timestampName(
  timeZone: string,
  msSince1970 = performance.timeOrigin + performance.now(),
): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const micros = Math.floor((msSince1970 % 1000) * 1000);
  return `${clock.format(msSince1970).replace(/\D/g, '')}-${String(micros).padStart(6, '0')}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const formats = new Map<string, Intl.DateTimeFormat>();
