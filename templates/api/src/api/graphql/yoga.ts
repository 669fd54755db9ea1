import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { toAppError } from '../../errors.ts';
import type { Services } from '../../services/context.ts';
import type { GraphQLContext } from './builder.ts';
import { schema } from './schema.ts';

export function createGraphQLServer({ log }: Pick<Services, 'log'>) {
  return createYoga<GraphQLContext>({
    schema,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: {
      maskError(error) {
        const original = error instanceof GraphQLError ? error.originalError : error;
        // Of the parser and of validation: meant for whoever writes the query.
        if (error instanceof GraphQLError && !original) return error;
        const { code, message } = toAppError(original);
        if (code === 'INTERNAL_ERROR') log.error({ err: original }, 'a field failed');
        const { path, nodes } = error instanceof GraphQLError ? error : {};
        return new GraphQLError(message, { path: path ?? null, nodes: nodes ?? null, extensions: { code } });
      },
    },
  });
}
