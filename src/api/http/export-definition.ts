import { z } from 'zod';
import type { ExportFormat } from '../../adapters/db/schema.ts';
import { findReport, reportNames } from '../../services/export/find-report.ts';
import {
  MAX_INTEGER,
  MAX_TEXT_LENGTH,
  parametersOf,
  type ReportParameter,
} from '../../services/export/parameters.ts';
import type { Report } from '../../services/export/report.ts';
import { REPORT_TYPES } from './report-response.ts';
import type { RestRoute } from './rest/route.ts';

const TIME = 'a day in `timeZone` (`2026-11-22`) or a time (`2026-11-22T08:30:00Z`)';

export const exportDefinition = {
  method: 'GET',
  path: '/exports/:file',
  id: 'export',
  tag: 'Exports',
  summary: 'A report as a workbook or as CSV',
  caller: 'EVERYBODY_OR_USER',
  parameters: { file: z.string().describe('Name of a report, and `.xlsx` or `.csv`.') },
  answers: { 200: { description: 'The report as an attachment.', types: Object.values(REPORT_TYPES) } },
  errors: [
    'PARAMS_INVALID',
    'LOGIN_REQUIRED',
    'PASSWORD_CHANGE_REQUIRED',
    'FORBIDDEN',
    'NOT_FOUND',
    'LINK_INVALID',
    'LINK_EXPIRED',
    'SERVICE_UNAVAILABLE',
  ],
  describe: async () =>
    (await allReports()).flatMap(([name, report]) =>
      (['XLSX', 'CSV'] as const).map((format) => describeReport(name, report, format)),
    ),
} as const satisfies RestRoute;

/** Every report with its name. */
export async function allReports(): Promise<readonly (readonly [name: string, report: Report])[]> {
  const names = await reportNames();
  const found = await Promise.all(names.map(async (name) => [name, await findReport(name)] as const));
  return found.flatMap(([name, report]) => (report ? [[name, report] as const] : []));
}

/** What a report knows a parameter as, in JSON Schema. */
export function parameterSchema({ type, choices, label }: ReportParameter): z.ZodType {
  const schema = (): z.ZodType => {
    switch (type) {
      case 'TIME':
        return z.string().max(MAX_TEXT_LENGTH);
      case 'TEXT':
      case 'TIME_ZONE':
        return z.string().max(MAX_TEXT_LENGTH);
      case 'MALL':
        return z.int().min(1).max(MAX_INTEGER);
      case 'INTEGER':
        return z.int().min(0).max(MAX_INTEGER);
      case 'BOOLEAN':
        return z.boolean();
      case 'CHOICE':
        return z.enum(choices ?? []);
      case 'LANGUAGE':
        return z.string().regex(/^(en|zh)(?:[-_][A-Za-z0-9_-]+)?$/);
    }
  };
  return schema().describe(type === 'TIME' ? `${label.en}: ${TIME}.` : `${label.en}.`);
}

function describeReport(name: string, report: Report, format: ExportFormat): RestRoute {
  const extension = format.toLowerCase();
  const parameters = Object.entries(parametersOf(report)).map(([parameter, definition]) => [
    parameter,
    parameterSchema(definition).optional(),
  ]);
  return {
    method: 'GET',
    path: `/exports/${name}.${extension}`,
    id: `${name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())}${format === 'CSV' ? 'Csv' : 'Xlsx'}`,
    tag: 'Exports',
    summary: `The report ${name} as ${format === 'CSV' ? 'CSV' : 'a workbook'}`,
    description:
      `${report.description.en} For ${report.action === 'manage' ? 'owners' : 'members'} of malls. \`startTime\` and \`endTime\` are required, ` +
      'and each parameter may be there once; but an address with a `ticket` has nothing else in its query.',
    caller: exportDefinition.caller,
    query: z.object({
      ...Object.fromEntries(parameters),
      ticket: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/)
        .describe('Of a link that somebody who may see the report has made.')
        .optional(),
    }),
    answers: { 200: { description: 'The report as an attachment.', types: [REPORT_TYPES[format]] } },
    errors: exportDefinition.errors,
  };
}
