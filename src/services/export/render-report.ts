import { literalSql } from '../../adapters/db/literal-sql.ts';
import type { Language } from '../../errors.ts';
import { aboutRows, aboutSheetName } from './about.ts';
import type { ReportRequest } from './parse-request.ts';
import type { TableColumn, TableSpec, WrittenTable } from './render/table.ts';
import { writeTable } from './render/write-table.ts';
import type { ReportColumn, Text } from './report.ts';
import { reportQuery } from './report-query.ts';
import type { AllowedReport } from './require-report.ts';
import type { ExportCtx, ReportSink, WriteReportOptions } from './write-report.ts';

const CREATOR = 'Stockroom';
const PICTURE: Text = { en: 'Picture', zh: '图片' };

/** Writes the rows that the viewer may see as a workbook or as CSV. */
export async function renderReport(
  ctx: ExportCtx,
  request: ReportRequest,
  allowed: AllowedReport,
  sink: ReportSink,
  { onProgress, withTotal = true }: Pick<WriteReportOptions, 'onProgress' | 'withTotal'>,
): Promise<WrittenTable> {
  const spec = tableOf(ctx, request, allowed, withTotal || request.thumbnails);
  if (request.thumbnails && spec.count !== undefined) {
    const { writeWithPictures } = await import('./write-with-pictures.ts');
    return await writeWithPictures(ctx, { ...spec, count: spec.count }, PICTURE[request.lang], sink);
  }
  return await writeTable(spec, sink, { signal: ctx.signal, ...(onProgress ? { onProgress } : {}) });
}

function tableOf(
  ctx: ExportCtx,
  request: ReportRequest,
  allowed: AllowedReport,
  withTotal: boolean,
): TableSpec {
  const { report, viewer } = allowed;
  const { lang, format, timeZone } = request;
  const query = reportQuery(ctx, request, allowed);
  return {
    format,
    address: ctx.databaseAddress,
    select: literalSql(report.select(query)),
    ...(withTotal ? { count: literalSql(report.count(query)) } : {}),
    columns: tableColumns(report.columns, lang),
    sheetName: report.title[lang],
    timeZone,
    extraSheets: (report.extraSheets ?? []).map((sheet) => ({
      name: sheet.title[lang],
      columns: tableColumns(sheet.columns, lang),
      select: literalSql(sheet.select(query)),
    })),
    about: (facts) => aboutRows(report, request, viewer.username, facts),
    aboutSheetName: aboutSheetName(lang),
    properties: { title: report.title[lang], creator: CREATOR, created: new Date() },
  };
}

function tableColumns(columns: readonly ReportColumn[], lang: Language): TableColumn[] {
  return columns.map(({ header, ...column }) => ({ ...column, header: header[lang] }));
}
