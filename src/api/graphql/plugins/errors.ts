import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import {
  type AppError,
  type ErrorCode,
  type ErrorDefinition,
  errorCatalogue,
  type PublicError,
  toPublicError,
} from '../../../errors.ts';
import { toAppError } from '../../public-error.ts';
import type { ServerContext } from '../context.ts';

/** What Apollo Client and urql look for before they send a document whole; nobody sees it. */
const NOT_FOUND_MESSAGE = 'PersistedQueryNotFound';
const SUGGESTION = / ?Did you mean [^?]*\?/g;

interface ErrorOptions {
  /** Whether messages may name parts of the schema that the client has not named. */
  readonly suggestions: boolean;
}

/** Gives every error its code, its text in the client's language and the request's id; masks and logs unknown ones. */
export function useErrors(options: ErrorOptions): Plugin<object, ServerContext> {
  return {
    onResultProcess({ result, setResult, serverContext }) {
      if (!('errors' in result) || !result.errors?.length) return;
      const failed = result.data === undefined || result.data === null || everyFieldIsNull(result.data);
      const errors = result.errors.map((error) => describe(error, serverContext, { ...options, failed }));
      setResult({ ...result, errors });
    },
  };
}

function describe(
  error: GraphQLError,
  { ctx, language }: ServerContext,
  { suggestions, failed }: ErrorOptions & { readonly failed: boolean },
): GraphQLError {
  const original = originalOf(error);
  const appError: AppError | undefined = toAppError(original);
  if (appError) {
    if (appError.cause)
      ctx.log.warn({ requestId: ctx.requestId, code: appError.code, err: appError.cause }, 'refused');
    return build(error, ctx.requestId, toPublicError(appError, language), failed);
  }
  if (original instanceof GraphQLError) {
    const code = documentCode(original, error);
    const { status, retryable, legacyCode, zh }: ErrorDefinition = errorCatalogue[code];
    const text = suggestions ? error.message : error.message.replaceAll(SUGGESTION, '');
    const http = httpOf(error, failed ? { status } : undefined);
    // The library's own words are English; the language of the client at least tells what they are about.
    return withExtensions(error, language === 'zh' ? `${zh} ${text}` : text, {
      code,
      ...(legacyCode === undefined ? {} : { legacyCode }),
      requestId: ctx.requestId,
      retryable,
      ...(http ? { http } : {}),
    });
  }
  ctx.log.error({ requestId: ctx.requestId, err: original, path: error.path?.join('.') }, 'unexpected error');
  return build(error, ctx.requestId, toPublicError(original, language), failed);
}

function build(error: GraphQLError, requestId: string, shown: PublicError, failed: boolean): GraphQLError {
  const { code, message, status, legacyCode, retryable, retryAfter } = shown;
  const headers = retryAfter === undefined ? undefined : { 'Retry-After': String(retryAfter) };
  const text = code === 'PERSISTED_QUERY_NOT_FOUND' ? NOT_FOUND_MESSAGE : message;
  return withExtensions(error, text, {
    code,
    ...(legacyCode === undefined ? {} : { legacyCode }),
    requestId,
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    // An answer with some data is no failed request.
    ...(failed ? { http: { status, ...(headers ? { headers } : {}) } } : {}),
  });
}

function withExtensions(
  error: GraphQLError,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    path: error.path ?? null,
    extensions,
  });
}

/** What was thrown, below the wrappers of the executor. */
function originalOf(error: GraphQLError): unknown {
  let current: unknown = error;
  for (let depth = 0; current instanceof GraphQLError && current.originalError && depth < 5; depth++) {
    current = current.originalError;
  }
  return current;
}

/** The code of an error that GraphQL itself found: in the document, its variables, or the request's form. */
function documentCode(original: GraphQLError, error: GraphQLError): ErrorCode {
  if (original.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  const code = error.extensions.code;
  if (code === 'BAD_REQUEST' || error.path) return 'PARAMS_INVALID';
  return 'GRAPHQL_VALIDATION_FAILED';
}

/**
 * A client that asks for `application/json` gets status 200 for a document that is wrong (GraphQL over HTTP, section
 * 6.4.1), which Yoga marks with `spec`. What is no GraphQL request at all is 400 for everybody.
 */
function httpOf(error: GraphQLError, fallback: { status: number } | undefined): unknown {
  const { code, http } = error.extensions;
  return code === 'BAD_REQUEST' && http instanceof Object ? { ...http, spec: false } : (http ?? fallback);
}

function everyFieldIsNull(data: NonNullable<ExecutionResult['data']>): boolean {
  return Object.values(data).every((value) => value === null);
}
