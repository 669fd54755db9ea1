import type { Handler } from 'hono';
import { z } from 'zod';
import { AppError, detailIn, type Language } from '../../../errors.ts';
import { findReport } from '../../../services/export/find-report.ts';
import { parametersOf } from '../../../services/export/parameters.ts';
import { parseReportRequest } from '../../../services/export/parse-request.ts';
import { toAppError } from '../../public-error.ts';
import type { DownloadWatch } from '../download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from '../env.ts';
import { allReports, parameterSchema } from '../export-definition.ts';
import { REPORT_TYPES, reportResponse } from '../report-response.ts';
import { readBody } from '../rest/read-body.ts';
import type { RestRoute } from '../rest/route.ts';
import { failure } from './envelope.ts';

/** What the report of the old services was. */
const DEFAULT_REPORT = 'image-fetches';
const MISSING = { en: 'A required parameter is missing.', zh: '必填参数有缺失' };
const FAILED = { en: 'Something went wrong on the server; try again later.', zh: '服务器错误，请稍后再试' };

/** What else a report takes is known by the report. */
const VALUES = z
  .object({
    report: z.string().optional(),
    start_time: z.string().optional(),
    end_time: z.string().optional(),
  })
  .catchall(z.string());

const DEFINITION = {
  method: 'POST',
  path: '/report/export',
  id: 'reportExport',
  tag: 'Legacy',
  summary: 'A report as a workbook',
  description:
    'Each report takes its own parameters of these; others are passed over, and an empty one is none. ' +
    'A failure is JSON, with the status 200 as well.',
  caller: { scope: 'READ' },
  isLegacy: true,
  body: { values: VALUES, refusal: 'PARAMS_INVALID' },
  answers: { 200: { description: 'The workbook.', types: [REPORT_TYPES.XLSX] } },
  errors: ['PARAMS_INVALID', 'NOT_FOUND', 'FORBIDDEN'],
} as const satisfies RestRoute;

export const legacyReportDefinition: RestRoute = {
  ...DEFINITION,
  async describe() {
    const reports = await allReports();
    const parameters = reports.flatMap(([, report]) => Object.entries(parametersOf(report)));
    const values = parameters.map(([name, parameter]) => {
      const schema = parameterSchema(parameter);
      return [snakeCase(name), name === 'startTime' || name === 'endTime' ? schema : schema.optional()];
    });
    const report = z.enum(reports.map(([name]) => name)).default(DEFAULT_REPORT);
    const body = {
      values: z.object({ report, ...Object.fromEntries(values) }),
      refusal: 'PARAMS_INVALID',
    } as const;
    return [{ ...DEFINITION, body }];
  },
};

/** `POST /report/export` with `start_time`, `end_time`, and what else a report takes, in snake case. */
export function legacyReportRoute(watch: DownloadWatch): Handler<HttpEnv> {
  return async (c) => {
    const language = requestLanguage(c, 'zh');
    try {
      const { actor } = c.get('sessionHandle');
      c.set('actor', actor);
      const ctx = createCtx(c, actor);
      if (!actor) throw new AppError('LOGIN_REQUIRED');
      const given = await readBody(DEFINITION.body, c.req.raw);
      if (!given.start_time || !given.end_time) return failure(new AppError('PARAMS_INVALID'), c, MISSING);
      const name = given.report || DEFAULT_REPORT;
      const report = await findReport(name);
      // The old services passed over what they did not know, and took an empty text for none.
      const values = Object.fromEntries(
        Object.keys(parametersOf(report ?? { filters: {} })).flatMap((parameter) => {
          const value = given[snakeCase(parameter)];
          return value ? [[parameter, value]] : [];
        }),
      );
      const request = await parseReportRequest(ctx, { report: name, format: 'XLSX', values, language }).catch(
        (error: unknown) => {
          throw inSnakeCase(error, Object.keys(values));
        },
      );
      return await reportResponse(c, ctx, request, watch);
    } catch (error) {
      const shown = toAppError(error);
      if (shown && shown.code !== 'INTERNAL_ERROR') throw error;
      return failure(error, c, FAILED);
    }
  };
}

/** The error with the names that its parameters have here. */
function inSnakeCase(error: unknown, parameters: readonly string[]): unknown {
  if (!(error instanceof AppError) || error.code !== 'PARAMS_INVALID' || error.detail === undefined)
    return error;
  const { detail } = error;
  const names = new RegExp(`\\b(?:${parameters.join('|')})\\b`, 'g');
  const renamed = (language: Language) => detailIn(detail, language).replace(names, snakeCase);
  return new AppError('PARAMS_INVALID', { detail: { en: renamed('en'), zh: renamed('zh') }, cause: error });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
