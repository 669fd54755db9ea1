import type { ReportInput } from '../../../services/export/parse-request.ts';
import { builder } from '../builder.ts';
import type { ServerContext } from '../context.ts';

const LANGUAGES = { EN: 'en', ZH: 'zh' } as const;

const ReportLanguage = builder.enumType('ReportLanguage', {
  description: 'The language of headers, titles and file names.',
  values: Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[],
});

export const ExportFormat = builder.enumType('ExportFormat', {
  description: 'What a report is written as.',
  values: {
    XLSX: { description: 'A workbook for Excel and others, with a sheet about the report.' },
    CSV: { description: 'The rows alone, in UTF-8.' },
  } as const,
});

const ReportFilterValue = builder.inputType('ReportFilterValue', {
  description: 'One of the filters of a report.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'As in `Report.filters`.' }),
    value: t.string({ required: true, description: 'As a text: `true`, `42`, `IMAGE`.' }),
  }),
});

/** What every field that is about the rows of a report takes. */
export const reportArguments = builder.args((t) => ({
  report: t.string({ required: true, description: 'Its name, as in `reports`.' }),
  startTime: t.string({
    required: true,
    description: 'A day in the time zone, such as `2026-11-01`, or an instant as in ISO 8601.',
  }),
  endTime: t.string({ required: true, description: 'The same; the whole day is included.' }),
  mallId: t.int({ description: 'One mall; by default all that the user may see.' }),
  timeZone: t.string({ description: "An IANA name such as `Asia/Shanghai`; by default the server's." }),
  filters: t.field({ type: [ReportFilterValue], description: 'What it is narrowed by.' }),
}));

/** What every field that is about its file takes besides. */
export const exportArguments = builder.args((t) => ({
  format: t.field({
    type: ExportFormat,
    required: true,
    defaultValue: 'XLSX',
    description: 'By default a workbook.',
  }),
  lang: t.field({ type: ReportLanguage, description: 'By default that of the request.' }),
  thumbnails: t.boolean({
    description: 'A small picture in each row; for reports of materials with at most 1,000 rows.',
  }),
}));

interface ReportArguments {
  readonly report: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly mallId?: number | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly filters?: readonly { readonly name: string; readonly value: string }[] | null | undefined;
  readonly format?: ReportInput['format'];
  readonly lang?: keyof typeof LANGUAGES | null | undefined;
  readonly thumbnails?: boolean | null | undefined;
}

/** The arguments as a report is asked for everywhere. */
export function toReportInput(
  args: ReportArguments,
  { language }: Pick<ServerContext, 'language'>,
): ReportInput {
  const { report, format = 'XLSX', lang, mallId, timeZone, thumbnails } = args;
  // Named ones come last, so that no filter can stand for them.
  const values = {
    ...Object.fromEntries((args.filters ?? []).map(({ name, value }) => [name, value])),
    startTime: args.startTime,
    endTime: args.endTime,
    ...(mallId == null ? {} : { mallId: String(mallId) }),
    ...(timeZone == null ? {} : { timeZone }),
    ...(thumbnails == null ? {} : { thumbnails: String(thumbnails) }),
  };
  return { report, format, values, language: lang == null ? language : LANGUAGES[lang] };
}
