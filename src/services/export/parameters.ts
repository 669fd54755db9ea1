import type { Report, ReportFilter, Text } from './report.ts';

/** Something that a report is asked for with. */
export interface ReportParameter extends Pick<ReportFilter, 'choices'> {
  readonly label: Text;
  readonly type: ReportFilter['type'] | 'TIME' | 'MALL' | 'TIME_ZONE' | 'LANGUAGE';
}

/** Characters of any value. */
export const MAX_TEXT_LENGTH = 1024;
export const MAX_INTEGER = 2 ** 31 - 1;

/** What every report takes. */
const commonParameters = {
  startTime: { label: { en: 'First day, or a time', zh: '开始日期或时间' }, type: 'TIME' },
  endTime: { label: { en: 'Last day, or a time', zh: '结束日期或时间' }, type: 'TIME' },
  mallId: { label: { en: 'One mall', zh: '商城编号' }, type: 'MALL' },
  timeZone: {
    label: { en: "Time zone of the days; by default the server's", zh: '时区' },
    type: 'TIME_ZONE',
  },
  lang: { label: { en: 'Language of the report', zh: '语言' }, type: 'LANGUAGE' },
  thumbnails: {
    label: { en: 'A picture in each row, in workbooks of materials', zh: '素材工作簿每行附带缩略图' },
    type: 'BOOLEAN',
  },
} as const satisfies Record<string, ReportParameter>;

/** Every parameter that the report knows, by its name. */
export function parametersOf({
  filters,
}: Pick<Report, 'filters'>): Readonly<Record<string, ReportParameter>> {
  return { ...commonParameters, ...filters };
}
