import type { Handler } from 'hono';
import type { ServerContext } from '../graphql/context.ts';
import { createLoaders } from '../graphql/loaders.ts';
import { MeasuredResponse } from '../graphql/measured-response.ts';
import type { GraphQLServer } from '../graphql/yoga.ts';
import { createCtx, type HttpEnv, requestLanguage, withoutIdleTimeout } from './env.ts';

/** Mounts GraphQL on a route that has a session. */
export function graphqlRoute(yoga: GraphQLServer): Handler<HttpEnv> {
  return async (c) => {
    const session = c.get('sessionHandle');
    const ctx = createCtx(c, session.actor);
    const serverContext: ServerContext = {
      ctx,
      session,
      language: requestLanguage(c),
      loaders: createLoaders({
        ...ctx,
        // A login of this very request counts for what its answer shows.
        get actor() {
          return session.actor ?? ctx.actor;
        },
      }),
      allowTime: (ms) => c.get('allowTime')?.(ms),
      trace: {},
    };
    const isStream = c.req.header('accept')?.includes('text/event-stream');
    if (isStream || c.req.header('content-type')?.includes('multipart/')) withoutIdleTimeout(c);
    const response = await yoga.fetch(c.req.raw, serverContext);
    // A client that still sends would not read an answer.
    await serverContext.closeBody?.();
    c.set('actor', session.actor);
    if (response instanceof MeasuredResponse) c.set('bytesOut', response.bodyBytes);
    if (serverContext.trace.operation) c.set('operation', serverContext.trace.operation);
    return response;
  };
}
