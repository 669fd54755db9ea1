/** A span as OTLP over HTTP has it in JSON. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: CollectedSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

/** Takes spans as an OpenTelemetry collector does. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Of the resource that sent the last ones. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** Headers of the last request. */
  readonly headers: Headers;
  /** Everything that came, as text. */
  readonly text: string;
  /** What to answer instead of taking them. */
  mode: 'take' | 'refuse' | 'hang';
}

export function startCollector(): Collector {
  const spans: CollectedSpan[] = [];
  let text = '';
  let resource: Record<string, unknown> = {};
  let headers = new Headers();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 255,
    async fetch(request) {
      if (collector.mode === 'hang') return await new Promise<Response>(() => {});
      if (collector.mode === 'refuse') return new Response(null, { status: 400 });
      if (new URL(request.url).pathname !== '/v1/traces') return new Response(null, { status: 404 });
      const body = await request.text();
      text += body;
      headers = request.headers;
      for (const of of (JSON.parse(body) as OtlpBody).resourceSpans) {
        resource = Object.fromEntries(
          of.resource.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
        );
        for (const scope of of.scopeSpans) spans.push(...scope.spans);
      }
      return Response.json({});
    },
  });
  const collector: Collector = {
    url: `http://127.0.0.1:${server.port}`,
    spans,
    mode: 'take',
    get resource() {
      return resource;
    },
    get headers() {
      return headers;
    },
    get text() {
      return text;
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return collector;
}

/** One attribute's value, of whatever type. */
export function attribute(span: CollectedSpan, key: string): unknown {
  const found = span.attributes.find((one) => one.key === key);
  return found && Object.values(found.value)[0];
}
