/** Writes numbers and times as the user's language does. */
export interface Formats {
  number(value: number): string;
  /** In multiples of 1024: 1.5 MB. */
  bytes(value: number): string;
  /** 0 to 1. */
  percent(value: number): string;
  date(value: string | Date): string;
  dateTime(value: string | Date): string;
  /** Such as "3 minutes ago". */
  ago(value: string | Date): string;
  /** Milliseconds as h:mm:ss or m:ss. */
  duration(ms: number): string;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const SPANS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** @param tag of BCP 47. */
export function createFormats(tag: string): Formats {
  const number = new Intl.NumberFormat(tag);
  const short = new Intl.NumberFormat(tag, { maximumSignificantDigits: 3 });
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  return {
    number: (value) => number.format(value),
    bytes(value) {
      const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), UNITS.length - 1);
      return `${short.format(value / 1024 ** power)} ${UNITS[power]}`;
    },
    percent: (value) => percent.format(value),
    date: (value) => date.format(new Date(value)),
    dateTime: (value) => dateTime.format(new Date(value)),
    ago(value) {
      const seconds = (new Date(value).getTime() - Date.now()) / 1000;
      const [unit, length] = SPANS.find(([, span]) => Math.abs(seconds) >= span) ?? ['second', 1];
      return relative.format(Math.round(seconds / length), unit);
    },
    duration(ms) {
      const seconds = Math.round(ms / 1000);
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      const two = (part: number) => String(part).padStart(2, '0');
      return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
    },
  };
}
