import type { Plugin } from 'graphql-yoga';
import type { ServerContext } from '../context.ts';

const NAME = /^[A-Za-z_]\w{0,63}$/;
const NAMED = /\b(?:query|mutation|subscription)\s+([A-Za-z_]\w{0,63})/;
const FIRST_FIELD = /\{\s*([A-Za-z_]\w{0,63})/;

/** Notes for the log line what a request asked for: the operation's name, or its first field. */
export function useOperationName(): Plugin<object, ServerContext> {
  return {
    onParams({ params, context }) {
      const serverContext: ServerContext = context;
      if (params.operationName && NAME.test(params.operationName)) {
        serverContext.trace.operation = params.operationName;
        return;
      }
      if (typeof params.query !== 'string') return;
      const head = params.query.slice(0, 500);
      const name = NAMED.exec(head)?.[1] ?? FIRST_FIELD.exec(head)?.[1];
      if (name) serverContext.trace.operation = name;
    },
  };
}
