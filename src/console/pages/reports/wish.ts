import type { ExportFormat, ReportCountQueryVariables, ReportLanguage } from '../../generated/graphql.ts';
import { type Period, parseDay, presetPeriods } from './periods.ts';

/** A report as somebody puts it together. */
export interface Wish extends Period {
  readonly report: string;
  /** null: all malls that the user may see. */
  readonly mallId: number | null;
  readonly timeZone: string;
  /** Those that are not empty, as texts. */
  readonly filters: Readonly<Record<string, string>>;
  readonly format: ExportFormat;
  readonly lang: ReportLanguage;
  readonly thumbnails: boolean;
}

/** Names that the page's query has beside those of filters. */
const COMMON = new Set([
  'report',
  'mallId',
  'startTime',
  'endTime',
  'timeZone',
  'format',
  'lang',
  'thumbnails',
]);
const DEFAULT_REPORT = 'materials';

/** The zone of the browser's clock. */
function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What the page's query asks for; what it leaves out, or gets wrong, is as by default: materials of this month. */
export function readWish(query: URLSearchParams, language: ReportLanguage): Wish {
  const zone = query.get('timeZone');
  const timeZone = zone && isTimeZone(zone) ? zone : ownTimeZone();
  const mallId = Number(query.get('mallId'));
  const hasPeriod = query.has('startTime') || query.has('endTime');
  const period = hasPeriod
    ? { start: parseDay(query.get('startTime')), end: parseDay(query.get('endTime')) }
    : presetPeriods(timeZone).thisMonth;
  const lang = query.get('lang')?.toUpperCase();
  return {
    ...period,
    report: query.get('report') ?? DEFAULT_REPORT,
    mallId: Number.isInteger(mallId) && mallId > 0 ? mallId : null,
    timeZone,
    filters: Object.fromEntries([...query].filter(([name, value]) => !COMMON.has(name) && value !== '')),
    format: query.get('format')?.toUpperCase() === 'CSV' ? 'CSV' : 'XLSX',
    lang: lang === 'EN' || lang === 'ZH' ? lang : language,
    thumbnails: query.get('thumbnails') === 'true',
  };
}

/** The page's query, which `readWish` reads. */
export function writeWish(wish: Wish): URLSearchParams {
  const query = new URLSearchParams({ report: wish.report, format: wish.format.toLowerCase() });
  for (const [name, value] of exportQuery(wish)) query.set(name, value);
  return query;
}

/** The address of this server at which the report is made. */
export function downloadPath(wish: Wish): string {
  return `/exports/${wish.report}.${wish.format.toLowerCase()}?${exportQuery(wish)}`;
}

/** The rows alone, as GraphQL is asked for them; the period must be whole. */
export function rowVariables({
  report,
  start,
  end,
  mallId,
  timeZone,
  filters,
}: Wish): ReportCountQueryVariables {
  return {
    report,
    startTime: start ?? '',
    endTime: end ?? '',
    mallId,
    timeZone,
    filters: Object.entries(filters).map(([name, value]) => ({ name, value })),
  };
}

function exportQuery({ start, end, mallId, timeZone, filters, lang, thumbnails }: Wish): URLSearchParams {
  return new URLSearchParams({
    ...filters,
    startTime: start ?? '',
    endTime: end ?? '',
    ...(mallId !== null && { mallId: String(mallId) }),
    timeZone,
    lang: lang.toLowerCase(),
    ...(thumbnails && { thumbnails: 'true' }),
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
