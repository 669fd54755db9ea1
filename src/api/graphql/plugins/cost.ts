import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { AppError } from '../../../errors.ts';
import type { ServerContext } from '../context.ts';
import { operationCost } from '../cost.ts';

/** Two pages of 100 materials with every field pass; a page of 100 in each item of a page of 100 does not. */
const MAX_COST = 10_000;

/**
 * Refuses an operation that may cost too much, as a whole and before it runs. Its cost depends on the variables, so it
 * cannot be a validation rule, whose results are cached by document. The header `X-GraphQL-Cost: 1` asks for it.
 */
export function useCost(): Plugin<object, ServerContext> {
  return {
    onExecute: ({ args }) => check(args),
    onSubscribe: ({ args }) => check(args),
    onResultProcess({ request, result, setResult, serverContext: { trace } }) {
      if (trace.cost === undefined || request.headers.get('x-graphql-cost') !== '1') return;
      if (!('data' in result || 'errors' in result)) return;
      const cost = { requested: trace.cost, limit: MAX_COST };
      setResult({ ...result, extensions: { ...result.extensions, cost } });
    },
  };
}

function check(args: ExecutionArgs): void {
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const cost = operationCost(schema, document, operation, variableValues ?? {});
  const { trace } = args.contextValue as ServerContext;
  trace.cost = cost;
  if (cost <= MAX_COST) return;
  throw new AppError('QUERY_TOO_EXPENSIVE', {
    detail: {
      en: `It costs ${cost}; at most ${MAX_COST} are allowed.`,
      zh: `开销为 ${cost}，上限 ${MAX_COST}`,
    },
  });
}
