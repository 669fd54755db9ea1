import { type ExecutionArgs, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Metrics } from '../../../lib/metrics/metrics.ts';
import type { ServerContext } from '../context.ts';

/** Fragments that lie around the first field at most; more are nobody's. */
const MAX_FRAGMENTS = 10;

/**
 * Counts operations by type and first field, how long they took, and errors by code. Names of operations are the
 * clients' own, of which there may be any number: they are in the log and in traces.
 */
export function useMetrics(metrics: Metrics): Plugin<object, ServerContext> {
  const durations = metrics.histogram(
    'stockroom_graphql_operation_duration_seconds',
    'Time that operations took, by type and first field; of subscriptions until they began.',
    ['type', 'field'],
  );
  const errors = metrics.counter('stockroom_graphql_errors_total', 'Errors in answers, by code.', ['code']);
  const measure = (args: ExecutionArgs) => {
    const started = performance.now();
    return () => {
      const operation = getOperationAST(args.document, args.operationName);
      if (!operation) return;
      const field = firstField(operation, args) ?? 'none';
      durations.with(operation.operation, field).observe((performance.now() - started) / 1000);
    };
  };
  return {
    onExecute: ({ args }) => ({ onExecuteDone: measure(args) }),
    onSubscribe: ({ args }) => ({ onSubscribeResult: measure(args) }),
    onResultProcess({ result }) {
      if (!('errors' in result)) return;
      for (const { extensions } of result.errors ?? []) errors.with(String(extensions?.code)).add();
    },
  };
}

/** Only fields of the schema come here, as documents are validated before. */
function firstField(operation: OperationDefinitionNode, { document }: ExecutionArgs): string | undefined {
  let [selection] = operation.selectionSet.selections;
  for (let depth = 0; selection && depth < MAX_FRAGMENTS; depth++) {
    if (selection.kind === Kind.FIELD) return selection.name.value;
    const spread: typeof selection = selection;
    const around =
      spread.kind === Kind.INLINE_FRAGMENT
        ? spread
        : document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === spread.name.value,
          );
    selection = around && 'selectionSet' in around ? around.selectionSet?.selections[0] : undefined;
  }
  return undefined;
}
