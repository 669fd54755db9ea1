import { errorCatalogue } from '../../../errors.ts';
import type { JsonObject } from './json-schema.ts';

const CODES = Object.entries(errorCatalogue);

/** What the operations refer to. */
export function components(cookieName: string): JsonObject {
  return {
    schemas: { ErrorCode: ERROR_CODE, Problem: PROBLEM, LegacyFailure: LEGACY_FAILURE },
    headers: {
      RequestId: { description: 'Names the request in the log.', schema: { type: 'string' } },
      RetryAfter: { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
    },
    parameters: {
      AcceptLanguage: {
        name: 'Accept-Language',
        in: 'header',
        description: 'Language of messages and reports: `zh`, or `en`.',
        schema: { type: 'string' },
      },
    },
    securitySchemes: {
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: cookieName,
        description: 'Set by `POST /login` and by the GraphQL mutation `login`.',
      },
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'An API token, made by the GraphQL mutation `createApiToken`.',
      },
      metricsToken: { type: 'http', scheme: 'bearer', description: 'That of `METRICS_TOKEN`.' },
    },
  };
}

const ERROR_CODE = {
  type: 'string',
  description: `What is wrong; more may come.\n\n${CODES.map(
    ([code, { status, en }]) => `- \`${code}\` (${status}): ${en}`,
  ).join('\n')}`,
  enum: CODES.map(([code]) => code),
};

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'code', 'requestId', 'retryable'],
  properties: {
    type: { type: 'string', const: 'about:blank' },
    title: { type: 'string', description: 'For people.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    code: { $ref: '#/components/schemas/ErrorCode' },
    legacyCode: { type: 'integer', description: 'The number of the legacy envelope, where there is one.' },
    requestId: { type: 'string' },
    retryable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
  },
};

const LEGACY_FAILURE = {
  type: 'object',
  description:
    'The numbers may be others by `LEGACY_CODES`. What has none is 40002 where the client is at fault, else 50000.',
  required: ['code', 'msg'],
  properties: {
    code: { type: 'integer' },
    msg: { type: 'string', not: { const: 'ok' }, description: 'For people.' },
  },
};
