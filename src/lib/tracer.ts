export type SpanFields = Readonly<Record<string, string | number | boolean>>;

/** A piece of work within a trace. */
export interface Span {
  set(fields: SpanFields): void;
  rename(name: string): void;
  /** Marks it as failed. What an error says may be people's data: only its kind is kept. */
  fail(error?: unknown): void;
}

/** Who asked, as a request told (W3C Trace Context). */
export interface TraceParent {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

/** Tells a tracing system what takes how long, of requests; `adapters/tracing` provides it. */
export interface Tracer {
  /** The work that runs now; undefined: none that is traced. */
  readonly current: Span | undefined;
  /** Of the work that runs now, 32 hex digits. */
  readonly traceId: string | undefined;
  /** Runs `task` as a piece of the work that runs now, if there is any. It ends with what `task` returns. */
  run<T>(name: string, fields: SpanFields, task: (span: Span) => T): T;
  /** The same for a call to something outside. */
  call<T>(name: string, fields: SpanFields, task: (span: Span) => T): T;
  /** The same for a request, which begins a trace or goes on with one. */
  serve<T>(name: string, parent: TraceParent, fields: SpanFields, task: (span: Span) => T): T;
}

/** An object of which some methods are traced, under the given names. Without a tracer it is the object itself. */
export function tracedCalls<T extends object>(
  target: T,
  tracer: Tracer | undefined,
  names: Partial<Record<keyof T, string>>,
): T {
  if (!tracer) return target;
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const name = names[key as keyof T];
      if (name === undefined) return value.bind(target);
      return (...args: unknown[]) => tracer.call(name, {}, () => value.apply(target, args));
    },
  });
}
