import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { type DocumentNode, GraphQLError, type ParseOptions, type Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { AppError } from '../../../errors.ts';
import type { ServerContext } from '../context.ts';
import { PendingUpload } from '../multipart/upload-queue.ts';

/** Tokens of a document; GraphiQL's introspection has some 300. */
const MAX_TOKENS = 2000;
/** Levels of fields; introspection is exempt. */
const MAX_DEPTH = 10;
const MAX_ALIASES = 30;
/** Values in the variables of one request. */
const MAX_VARIABLE_VALUES = 20_000;

const depthRule = maxDepthRule({
  n: MAX_DEPTH,
  onReject: [() => refuse(`Fields may be nested ${MAX_DEPTH} deep.`)],
});
const aliasRule = maxAliasesRule({
  n: MAX_ALIASES,
  allowList: [],
  onReject: [() => refuse(`A document may have ${MAX_ALIASES} aliases.`)],
});

const NUL_ESCAPE = /\0|\\u0000|\\u\{0+\}/;

/** Bounds on documents and variables, held before anything runs. */
export function limitPlugins(): Plugin<object, ServerContext>[] {
  return [
    {
      onParse({ parseFn, setParseFn }) {
        // Options that are set on `params` are not looked at.
        setParseFn((source, options) => parseWithin(parseFn, source, options));
      },
      onParams({ params }) {
        // PostgreSQL's text cannot hold NUL.
        if (typeof params.query === 'string' && NUL_ESCAPE.test(params.query)) throw nulCharacter();
        if (params.variables) checkVariables(params.variables);
      },
    },
    {
      onValidate({ addValidationRule }) {
        // The same functions each time: the results are cached by rules and document.
        addValidationRule(depthRule);
        addValidationRule(aliasRule);
      },
    },
  ];
}

/** Unlike a document that is wrong, one beyond the limits is 400 for every client (see `httpOf` in errors.ts). */
function refuse(detail: string): never {
  throw new AppError('PARAMS_INVALID', { detail });
}

type Parse = (source: string | Source, options?: ParseOptions) => DocumentNode;

function parseWithin(parse: Parse, source: string | Source, options: ParseOptions | undefined): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes('tokens')) {
      refuse(`A document may have ${MAX_TOKENS} tokens.`);
    }
    throw error;
  }
}

function checkVariables(variables: object): void {
  const open: unknown[] = [variables];
  let seen = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') {
      if (value.includes('\0')) throw nulCharacter();
    } else if (typeof value === 'object' && value !== null && !(value instanceof PendingUpload)) {
      const children = Object.values(value);
      seen += children.length;
      if (seen > MAX_VARIABLE_VALUES) throw new AppError('PARAMS_INVALID', { detail: 'Too many variables.' });
      for (const child of children) if (child !== null && child !== undefined) open.push(child);
    }
  }
}

function nulCharacter(): AppError {
  return new AppError('PARAMS_INVALID', { detail: 'Texts cannot hold the character U+0000.' });
}
