import type { ExportFormat } from '../../adapters/db/schema.ts';
import { AppError, type Language } from '../../errors.ts';
import { isTimeZoneName, readTime } from '../../lib/times.ts';
import { isId } from '../access.ts';
import type { Services } from '../context.ts';
import { findReport, reportNames } from './find-report.ts';
import { MAX_INTEGER, MAX_TEXT_LENGTH, parametersOf } from './parameters.ts';
import type { FilterValue, Report, ReportFilter } from './report.ts';

/** A report as somebody asks for it, in texts as they stand in a query. */
export interface ReportInput {
  readonly report: string;
  readonly format: ExportFormat;
  /** `startTime`, `endTime`, `mallId`, `timeZone`, `lang`, `thumbnails` and the report's filters. */
  readonly values: Readonly<Record<string, string>>;
  /** Where `lang` is not given. */
  readonly language?: Language;
}

/** The same checked and completed: plain JSON, so that it can be kept with a link or a job. */
export interface ReportRequest {
  readonly report: string;
  readonly format: ExportFormat;
  /** null: all malls that whoever asks may see. */
  readonly mallId: number | null;
  /** As they were written. */
  readonly startTime: string;
  readonly endTime: string;
  /** What they mean, in ISO 8601; `until` is not included. */
  readonly from: string;
  readonly until: string;
  readonly timeZone: string;
  readonly lang: Language;
  /** A picture in each row. */
  readonly thumbnails: boolean;
  readonly filters: Readonly<Record<string, FilterValue>>;
}

/** PostgreSQL reads years of four digits. */
const LAST_MOMENT = Date.UTC(9999, 11, 31);

/**
 * Checks what a report is asked for with; who may see it is not looked at.
 * @throws AppError NOT_FOUND (the report), PARAMS_INVALID naming the parameter
 */
export async function parseReportRequest(
  services: Pick<Services, 'timeZone'>,
  { report: name, format, values, language = 'en' }: ReportInput,
): Promise<ReportRequest> {
  const report = await findReport(name);
  if (!report) {
    const names = (await reportNames()).join(', ');
    throw new AppError('NOT_FOUND', {
      detail: { en: `The reports are: ${names}.`, zh: `可用的报表：${names}` },
    });
  }
  const known = parametersOf(report);
  for (const [parameter, value] of Object.entries(values)) {
    if (!Object.hasOwn(known, parameter)) throw unknown(parameter);
    if (value.length > MAX_TEXT_LENGTH || value.includes('\0') || !value.isWellFormed()) {
      throw invalid(parameter, 'is no text that can be looked for', '不是有效的文本');
    }
  }
  const lang = parseLanguage(values.lang, language);
  const timeZone = values.timeZone ?? services.timeZone;
  if (!isTimeZoneName(timeZone)) {
    throw invalid(
      'timeZone',
      'must be an IANA time zone such as Asia/Shanghai',
      '须为 IANA 时区，如 Asia/Shanghai',
    );
  }
  return {
    report: name,
    format,
    mallId: parseMallId(values.mallId),
    ...parsePeriod(values, timeZone),
    timeZone,
    lang,
    thumbnails: parseThumbnails(values.thumbnails, report, format),
    filters: Object.fromEntries(
      Object.entries(report.filters).flatMap(([filter, definition]) => {
        const value = values[filter];
        return value === undefined ? [] : [[filter, parseFilter(filter, definition, value)]];
      }),
    ),
  };
}

function parsePeriod(
  { startTime, endTime }: Readonly<Record<string, string>>,
  timeZone: string,
): Pick<ReportRequest, 'startTime' | 'endTime' | 'from' | 'until'> {
  const read = (parameter: string, value: string | undefined) => {
    if (value === undefined || value === '') throw invalid(parameter, 'is missing', '为必填参数');
    const span = readTime(value, timeZone);
    if (span) return { value, span };
    throw invalid(
      parameter,
      'must be a day (2026-11-22) or a time (2026-11-22T08:30:00Z)',
      '须为日期（2026-11-22）或时间（2026-11-22T08:30:00Z）',
    );
  };
  const start = read('startTime', startTime);
  const end = read('endTime', endTime);
  const until = new Date(Math.min(end.span.until.getTime(), LAST_MOMENT));
  // A day that a zone left out has no length.
  const isReversed = start.span.from >= until && start.span.from > end.span.from;
  if (isReversed) throw invalid('endTime', 'is before startTime', '早于 startTime');
  return {
    startTime: start.value,
    endTime: end.value,
    from: start.span.from.toISOString(),
    until: until.toISOString(),
  };
}

function parseMallId(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d{1,10}$/.test(value) && isId(Number(value))) return Number(value);
  throw invalid('mallId', 'must be the number of a mall', '须为商城编号');
}

function parseLanguage(value: string | undefined, fallback: Language): Language {
  if (value === undefined) return fallback;
  const [, language] = /^(en|zh)(?:[-_][A-Za-z0-9-_]+)?$/i.exec(value) ?? [];
  if (language !== undefined) return language.toLowerCase() === 'zh' ? 'zh' : 'en';
  throw invalid('lang', 'must be en or zh', '须为 en 或 zh');
}

function parseThumbnails(value: string | undefined, report: Report, format: ExportFormat): boolean {
  if (!parseFilter('thumbnails', BOOLEAN, value ?? 'false')) return false;
  if (report.hasPictures && format === 'XLSX') return true;
  throw invalid('thumbnails', 'are only in workbooks of materials', '仅素材工作簿支持');
}

const BOOLEAN = { type: 'BOOLEAN' } as const;

function parseFilter(
  name: string,
  { type, choices = [] }: Pick<ReportFilter, 'type' | 'choices'>,
  value: string,
): FilterValue {
  switch (type) {
    case 'TEXT':
      return value;
    case 'INTEGER':
      if (/^\d{1,10}$/.test(value) && Number(value) <= MAX_INTEGER) return Number(value);
      throw invalid(name, 'must be a whole number', '须为整数');
    case 'BOOLEAN':
      if (/^(true|1)$/.test(value)) return true;
      if (/^(false|0)$/.test(value)) return false;
      throw invalid(name, 'must be true or false', '须为 true 或 false');
    case 'CHOICE':
      if (choices.includes(value)) return value;
      throw invalid(name, `must be one of ${choices.join(', ')}`, `须为 ${choices.join('、')} 之一`);
  }
}

function unknown(parameter: string): AppError {
  return invalid(JSON.stringify(parameter.slice(0, 100)), 'is not known to this report', '不是该报表的参数');
}

function invalid(parameter: string, en: string, zh: string): AppError {
  return new AppError('PARAMS_INVALID', { detail: { en: `${parameter} ${en}.`, zh: `${parameter} ${zh}` } });
}
