import { type ErrorCode, errorCatalogue } from '../../../errors.ts';
import type { Limits } from '../../../services/context.ts';
import { NEW_CODES, TRANSPORT_STATUSES } from '../legacy/envelope.ts';
import { fieldsOf, type JsonObject, jsonSchema } from './json-schema.ts';
import type { Answer, Caller, RestRoute } from './route.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data'];
const REQUEST_ID = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** The path as OpenAPI has it: `/malls/:id{[0-9]+}` becomes `/malls/{id}`, and what is left over the first parameter. */
export function openapiPath({ path, parameters = {} }: RestRoute): string {
  const [rest = ''] = Object.keys(parameters);
  return path.replace(/:(\w+)(?:\{[^}]*\})?/g, '{$1}').replace('*', `{${rest}}`);
}

export function operation(route: RestRoute, limits: Limits): JsonObject {
  const { id, tag, summary, description, caller } = route;
  const texts = [description, needs(caller), bodyNote(route, limits)].filter(Boolean);
  const body = requestBody(route);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(texts.length === 0 ? {} : { description: texts.join('\n\n') }),
    security: security(caller),
    parameters: parametersOf(route),
    ...(body ? { requestBody: body } : {}),
    responses: responses(route),
  };
}

function needs(caller: Caller): string | undefined {
  if (caller === 'SESSION') return 'Needs a session; API tokens are refused.';
  if (typeof caller === 'object') return `Of API tokens, takes those with the scope \`${caller.scope}\`.`;
  return undefined;
}

function security(caller: Caller): readonly JsonObject[] {
  const user = [{ session: [] }, { token: [] }];
  if (caller === 'EVERYBODY') return [];
  if (caller === 'EVERYBODY_OR_USER') return [{}, ...user];
  if (caller === 'MONITORING') return [{}, { metricsToken: [] }, ...user];
  return caller === 'SESSION' ? [{ session: [] }] : user;
}

function parametersOf({ parameters = {}, query, headers = {} }: RestRoute): readonly JsonObject[] {
  const described = (schema: JsonObject) => {
    const { description, ...rest } = schema;
    return { ...(description === undefined ? {} : { description }), schema: rest };
  };
  return [
    ...Object.entries(parameters).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      ...described(jsonSchema(schema)),
    })),
    ...(query ? fieldsOf(query) : []).map(({ name, schema, required }) => ({
      name,
      in: 'query',
      required,
      ...described(jsonSchema(schema)),
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
    { $ref: '#/components/parameters/AcceptLanguage' },
  ];
}

function bodyNote({ body }: RestRoute, limits: Limits): string | undefined {
  if (!body || !('files' in body)) return undefined;
  const where = body.files === null ? 'whatever its fields are called' : `in its field \`${body.files}\``;
  return (
    `A multipart form alone can bring files, ${where}. On this server: up to ${limits.filesPerRequest} files, ` +
    `${limits.fileBytes} bytes each and ${limits.requestBytes} bytes together.`
  );
}

function requestBody({ body }: RestRoute): JsonObject | undefined {
  if (!body) return undefined;
  if ('values' in body) {
    const schema = jsonSchema(body.values);
    const content = Object.fromEntries([JSON_TYPE, ...FORM_TYPES].map((type) => [type, { schema }]));
    return { required: true, content };
  }
  const files = { type: 'array', minItems: 1, items: { type: 'string', format: 'binary' } };
  const schema =
    body.files === null
      ? { type: 'object', minProperties: 1, additionalProperties: files }
      : { type: 'object', required: [body.files], properties: { [body.files]: files } };
  return { required: true, content: { 'multipart/form-data': { schema } } };
}

function responses(route: RestRoute): JsonObject {
  const failures = Map.groupBy(errorsOf(route), (code) => statusOf(code, route));
  const answered = Object.entries(route.answers).map(([status, answer]) => [
    status,
    route.isLegacy ? legacyAnswer(answer, failures.get(200) ?? []) : plainAnswer(answer),
  ]);
  const refused = [...failures]
    .filter(([status]) => !(status in route.answers))
    .map(([status, codes]) => [String(status), failure(codes, route)]);
  return {
    ...Object.fromEntries([...answered, ...refused]),
    ...(route.isLegacy ? {} : { default: failure([], route) }),
  };
}

/** Every error that the route may answer, as far as somebody can do something about it. */
function errorsOf({ caller, body, errors = [], isLegacy }: RestRoute): readonly ErrorCode[] {
  const isForUsers = typeof caller === 'object' || caller === 'SESSION';
  const codes: readonly ErrorCode[] = [
    ...errors,
    ...(isForUsers ? (['LOGIN_REQUIRED', 'PASSWORD_CHANGE_REQUIRED', 'FORBIDDEN'] as const) : []),
    ...(isLegacy || caller !== 'EVERYBODY' ? (['TOKEN_INVALID'] as const) : []),
    ...(isForUsers ? (['RATE_LIMITED', 'SERVICE_UNAVAILABLE'] as const) : []),
    ...(body ? (['PARSER_FAILED', 'REQUEST_TOO_LARGE', 'REQUEST_TIMEOUT'] as const) : []),
    ...(body && 'files' in body ? (['MULTIPART_INVALID'] as const) : []),
    ...(isLegacy ? (['ORIGIN_NOT_ALLOWED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE'] as const) : []),
  ];
  return [...new Set(codes)];
}

function statusOf(code: ErrorCode, { isLegacy }: RestRoute): number {
  const { status } = errorCatalogue[code];
  return isLegacy && !TRANSPORT_STATUSES.has(status) && !NEW_CODES.has(code) ? 200 : status;
}

function plainAnswer({ description, types = [], schema, headers = {} }: Answer): JsonObject {
  const media = schema ? { schema: jsonSchema(schema) } : {};
  return {
    description,
    headers: headersOf(headers),
    ...(types.length === 0 ? {} : { content: contentOf(types, media) }),
  };
}

function legacyAnswer(
  { description, types = [], schema, headers = {} }: Answer,
  codes: readonly ErrorCode[],
) {
  const success = {
    type: 'object',
    required: ['code', 'msg', ...(schema ? ['data'] : [])],
    properties: {
      code: { type: 'integer', description: '0 unless `LEGACY_CODES` has another.' },
      msg: { type: 'string', const: 'ok' },
      ...(schema ? { data: jsonSchema(schema) } : {}),
    },
  };
  const refusal = { $ref: '#/components/schemas/LegacyFailure' };
  const isJson = types.length === 0;
  return {
    description: `${description} Or what is wrong:\n\n${listOf(codes, 'legacyCode')}`,
    headers: headersOf(headers),
    content: {
      ...contentOf(types, {}),
      [JSON_TYPE]: { schema: isJson ? { anyOf: [success, refusal] } : refusal },
    },
  };
}

function failure(codes: readonly ErrorCode[], { isLegacy }: RestRoute): JsonObject {
  const isPassing = codes.some((code) => errorCatalogue[code].retryable);
  const problem = { $ref: '#/components/schemas/Problem' };
  return {
    description: codes.length === 0 ? 'Any other error.' : listOf(codes),
    headers: {
      ...REQUEST_ID,
      ...(isPassing ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: isLegacy
      ? { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/LegacyFailure' } } }
      : {
          'application/problem+json': {
            schema:
              codes.length === 0 ? problem : { allOf: [problem, { properties: { code: { enum: codes } } }] },
          },
        },
  };
}

function listOf(codes: readonly ErrorCode[], number?: 'legacyCode'): string {
  return codes
    .map((code) => {
      const definition = errorCatalogue[code];
      const legacy = number && 'legacyCode' in definition ? ` (${definition.legacyCode})` : '';
      return `- \`${code}\`${legacy}: ${definition.en}`;
    })
    .join('\n');
}

/** What a body of each of the types is. */
function contentOf(types: readonly string[], media: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type.split(';')[0], media]));
}

function headersOf(headers: Readonly<Record<string, string>>): JsonObject {
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return { ...REQUEST_ID, ...Object.fromEntries(described) };
}
