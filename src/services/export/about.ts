import type { Language } from '../../errors.ts';
import type { ReportRequest } from './parse-request.ts';
import type { AboutRow, TableFacts } from './render/table.ts';
import type { Report, Text } from './report.ts';

const LABELS = {
  sheet: { en: 'About', zh: '说明' },
  report: { en: 'Report', zh: '报表' },
  description: { en: 'Description', zh: '内容' },
  malls: { en: 'Mall', zh: '商城' },
  all: { en: 'All that you may see', zh: '全部可见商城' },
  start: { en: 'From', zh: '开始时间' },
  end: { en: 'To, included', zh: '结束时间（含）' },
  timeZone: { en: 'Time zone', zh: '时区' },
  readAt: { en: 'Read at', zh: '读取时间' },
  rows: { en: 'Rows', zh: '行数' },
  sha256: { en: 'SHA-256 of the rows', zh: '数据 SHA-256' },
  cut: { en: 'Texts cut to what a cell can hold', zh: '超长截断的单元格数' },
  madeBy: { en: 'Made by', zh: '生成者' },
} as const satisfies Record<string, Text>;

export function aboutSheetName(lang: Language): string {
  return LABELS.sheet[lang];
}

/** What a workbook says of itself: what was asked for, by whom, and what came. */
export function aboutRows(
  report: Report,
  request: ReportRequest,
  madeBy: string,
  facts: TableFacts,
): readonly AboutRow[] {
  const { lang } = request;
  const filters = Object.entries(request.filters).map(
    ([name, value]): AboutRow => [report.filters[name]?.label[lang] ?? name, String(value)],
  );
  return [
    [LABELS.report[lang], report.title[lang]],
    [LABELS.description[lang], report.description[lang]],
    [LABELS.malls[lang], request.mallId ?? LABELS.all[lang]],
    [LABELS.start[lang], request.startTime],
    [LABELS.end[lang], request.endTime],
    [LABELS.timeZone[lang], request.timeZone],
    ...filters,
    [LABELS.readAt[lang], facts.readAt],
    [LABELS.rows[lang], facts.rows],
    [LABELS.sha256[lang], facts.sha256],
    ...(facts.cutCells > 0 ? [[LABELS.cut[lang], facts.cutCells] as const] : []),
    ...(madeBy === '' ? [] : [[LABELS.madeBy[lang], madeBy] as const]),
  ];
}
