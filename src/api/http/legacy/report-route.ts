import type { Handler } from 'hono';
import { AppError } from '../../../errors.ts';
import { findReport } from '../../../services/export/find-report.ts';
import { parseReportRequest } from '../../../services/export/parse-request.ts';
import { toAppError } from '../../public-error.ts';
import type { DownloadWatch } from '../download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from '../env.ts';
import { reportResponse } from '../report-response.ts';
import { failure } from './envelope.ts';
import { readValues } from './values.ts';

/** What the report of the old services was. */
const DEFAULT_REPORT = 'image-fetches';
const REQUIRED = ['start_time', 'end_time'];
const COMMON = ['start_time', 'end_time', 'mall_id', 'time_zone', 'lang', 'thumbnails'];
const MISSING = { en: 'A required parameter is missing.', zh: '必填参数有缺失' };
const FAILED = { en: 'Something went wrong on the server; try again later.', zh: '服务器错误，请稍后再试' };

/** `POST /report/export` with `start_time`, `end_time`, and what else a report takes, in snake case. */
export function legacyReportRoute(watch: DownloadWatch): Handler<HttpEnv> {
  return async (c) => {
    const language = requestLanguage(c, 'zh');
    try {
      const { actor } = c.get('sessionHandle');
      c.set('actor', actor);
      const ctx = createCtx(c, actor);
      if (!actor) throw new AppError('LOGIN_REQUIRED');
      const given = textsOf(await readValues(c.req.raw));
      if (!REQUIRED.every((name) => given.has(name)))
        return failure(new AppError('PARAMS_INVALID'), c, MISSING);
      const name = given.get('report') ?? DEFAULT_REPORT;
      const report = await findReport(name);
      const known = [...COMMON, ...Object.keys(report?.filters ?? {}).map(snakeCase)];
      // The old services passed over what they did not know.
      const values = Object.fromEntries(
        known.flatMap((parameter) => {
          const value = given.get(parameter);
          return value === undefined ? [] : [[camelCase(parameter), value]];
        }),
      );
      const request = await parseReportRequest(ctx, { report: name, format: 'XLSX', values, language });
      return await reportResponse(c, ctx, request, watch);
    } catch (error) {
      const shown = toAppError(error);
      if (shown && shown.code !== 'INTERNAL_ERROR') throw error;
      return failure(error, c, FAILED);
    }
  };
}

/** What was given, as text; what is null or empty was not. */
function textsOf(values: Record<string, unknown>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(values)) {
    if (!['string', 'number', 'boolean'].includes(typeof value) || value === '') continue;
    texts.set(name, String(value));
  }
  return texts;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
