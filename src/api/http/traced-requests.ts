import type { Server } from 'bun';
import type { Tracer } from '../../lib/tracer.ts';

type Answer = (request: Request, server: Server<undefined>) => Response | Promise<Response>;

/** Makes each request a piece of a trace (W3C Trace Context; OpenTelemetry's conventions for HTTP). */
export function tracedRequests(answer: Answer, tracer: Tracer): Answer {
  return (request, server) => {
    const { method, headers } = request;
    const parent = { traceparent: headers.get('traceparent'), tracestate: headers.get('tracestate') };
    const fields = { 'http.request.method': method };
    return tracer.serve(method, parent, fields, (span) => {
      const note = (response: Response) => {
        span.set({ 'http.response.status_code': response.status });
        if (response.status >= 500) span.fail();
        return response;
      };
      const response = answer(request, server);
      if (response instanceof Promise) return response.then(note);
      // What needs no waiting is a file (`fast-file.ts`).
      noteRoute(tracer, method, '/files/*');
      return note(response);
    });
  };
}

/** Names the request that runs by its route. */
export function noteRoute(tracer: Tracer, method: string, route: string): void {
  const span = tracer.current;
  span?.rename(`${method} ${route}`);
  span?.set({ 'http.route': route });
}
