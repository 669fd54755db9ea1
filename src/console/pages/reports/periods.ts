/** Days as `YYYY-MM-DD`, both included; null: not chosen. */
export interface Period {
  readonly start: string | null;
  readonly end: string | null;
}

export type PresetName = 'today' | 'last7Days' | 'thisMonth' | 'lastMonth' | 'thisYear';

/** What is wrong with a period before anybody is asked. */
export type PeriodProblem = 'missing' | 'reversed';

const DAY_MS = 86_400_000;

export function periodProblem({ start, end }: Period): PeriodProblem | undefined {
  if (start === null || end === null) return 'missing';
  return start > end ? 'reversed' : undefined;
}

/** Periods that are asked for often, as of an instant in a time zone. */
export function presetPeriods(timeZone: string, now = new Date()): Readonly<Record<PresetName, Period>> {
  const today = dayIn(timeZone, now);
  const [year = 0, month = 1, day = 1] = today.split('-').map(Number);
  const at = (y: number, m: number, d: number) => dayOf(Date.UTC(y, m - 1, d));
  return {
    today: { start: today, end: today },
    last7Days: { start: dayOf(Date.UTC(year, month - 1, day) - 6 * DAY_MS), end: today },
    thisMonth: { start: at(year, month, 1), end: today },
    lastMonth: { start: at(year, month - 1, 1), end: at(year, month, 0) },
    thisYear: { start: at(year, 1, 1), end: today },
  };
}

/** A day that there is, as it was written; else null. */
export function parseDay(text: string | null | undefined): string | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && dayOf(ms) === text ? text : null;
}

function dayIn(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(instant);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
