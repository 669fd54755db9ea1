import { type ExecutionArgs, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Tracer } from '../../../lib/tracer.ts';
import type { ServerContext } from '../context.ts';

/** Traces operations under their names, and below them the fields at their root. */
export function useTracing(tracer: Tracer): Plugin<object, ServerContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => {
        const operation = getOperationAST(args.document, args.operationName);
        const type = operation?.operation ?? 'query';
        const name = operation?.name?.value.slice(0, MAX_NAME);
        const fields = {
          'graphql.operation.type': type,
          ...(name === undefined ? {} : { 'graphql.operation.name': name }),
        };
        return tracer.run(name === undefined ? type : `${type} ${name}`, fields, async (span) => {
          const result = await executeFn(args);
          if ('errors' in result && result.errors?.length) span.fail();
          return result;
        });
      });
    },
  };
}

const MAX_NAME = 64;

/** Makes the fields of queries and mutations pieces of a trace, in the schema itself: a process has one of each. */
export function traceRootFields(schema: GraphQLSchema, tracer: Tracer): void {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const { resolve } = field;
      if (!resolve) continue;
      field.resolve = (source, args, context, info) =>
        tracer.run(`${type?.name}.${field.name}`, {}, () => resolve(source, args, context, info));
    }
  }
}
