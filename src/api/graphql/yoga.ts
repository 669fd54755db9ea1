import { createYoga } from 'graphql-yoga';
import type { Metrics } from '../../lib/metrics/metrics.ts';
import type { Tracer } from '../../lib/tracer.ts';
import type { Limits } from '../../services/context.ts';
import type { ServerContext } from './context.ts';
import { closedDocuments, openDocuments } from './documents.ts';
import { MeasuredResponse } from './measured-response.ts';
import { useCost } from './plugins/cost.ts';
import { useDocuments } from './plugins/documents.ts';
import { useErrors } from './plugins/errors.ts';
import { useNoIntrospection } from './plugins/introspection.ts';
import { limitPlugins } from './plugins/limits.ts';
import { useMetrics } from './plugins/metrics.ts';
import { useOperationName } from './plugins/operation-name.ts';
import { useRequestBodies } from './plugins/request-bodies.ts';
import { traceRootFields, useTracing } from './plugins/tracing.ts';
import { schema } from './schema.ts';

export type GraphQLServer = ReturnType<typeof createGraphQLServer>;

export interface GraphQLOptions {
  readonly graphiql: boolean;
  readonly introspection: boolean;
  /** The only documents that may run, by their hash; undefined: any. */
  readonly documents: ReadonlyMap<string, string> | undefined;
  /** Whether a document of this SHA-256 (hexadecimal digits) may run beside `documents`: those of the console. */
  readonly isSentHere?: ((hash: string) => Promise<boolean>) | undefined;
  /** Where operations are counted; undefined: nowhere. */
  readonly metrics?: Metrics | undefined;
  readonly tracer?: Tracer | undefined;
}

/** What GraphiQL shows at first. */
const FIRST_QUERY = `# Log in first; the session is kept in a cookie.
mutation LogIn {
  login(username: "admin", password: "") {
    user { id username role mustChangePassword }
  }
}

# A password that was made for you must be changed before anything else.
mutation ChangePassword {
  changePassword(currentPassword: "", newPassword: "") {
    mustChangePassword
  }
}

query Newest {
  materials(first: 10) {
    totalCount
    edges {
      node { originFilename kind url width height size }
    }
  }
}
`;

/** The GraphQL endpoint: takes a Fetch request and what the route knows of it. */
export function createGraphQLServer(limits: Limits, options: GraphQLOptions) {
  const { documents: list, isSentHere = async () => false } = options;
  const documents = list ? closedDocuments(list, isSentHere) : openDocuments();
  if (options.tracer) traceRootFields(schema, options.tracer);
  return createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    fetchAPI: { Response: MeasuredResponse },
    landingPage: false,
    cors: false,
    // Ours do both: one sees what was thrown, the other tells multipart bodies from the rest.
    maskedErrors: false,
    maxRequestBodySize: false,
    multipart: false,
    logging: false,
    // The default page loads its scripts from a CDN; this one, of 9 MB, brings them along.
    renderGraphiQL: async (options) =>
      (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    // With an allow-list none of its queries would run.
    graphiql: options.graphiql &&
      !documents.isClosed && {
        title: 'Stockroom GraphiQL',
        credentials: 'same-origin',
        defaultQuery: FIRST_QUERY,
      },
    batching: false,
    extraParamNames: ['documentId'],
    plugins: [
      useRequestBodies(limits),
      useDocuments(documents),
      useOperationName(),
      ...limitPlugins(),
      ...(options.introspection ? [] : [useNoIntrospection()]),
      useCost(),
      useErrors({ suggestions: options.introspection }),
      ...(options.metrics ? [useMetrics(options.metrics)] : []),
      ...(options.tracer ? [useTracing(options.tracer)] : []),
    ],
  });
}
