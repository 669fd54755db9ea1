import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../../lib/logger.ts';
import type { Span, SpanFields, TraceParent, Tracer } from '../../lib/tracer.ts';
import { watchedExporter } from './watched-exporter.ts';

export interface TracingOptions {
  /** Where a collector takes OTLP over HTTP, without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** Part of the requests that begin a trace; who comes with one decides by it. */
  readonly ratio: number;
  readonly log: Logger;
}

export interface OpenTracer extends Tracer {
  /** Sends what is left, within seconds. */
  close(): Promise<void>;
}

interface Running {
  readonly context: Context;
  /** That all of it belongs to. */
  readonly request: { isOver: boolean };
}

interface Work {
  readonly name: string;
  readonly kind: SpanKind;
  readonly fields: SpanFields;
}

/** A span costs 17 µs until a collector has it, so that tracing all that a busy server does would be most of its work. */
const TRACES_A_SECOND = 100;
const MAX_QUEUE = 2048;
const BATCH = 512;
const DELAY_MS = 1000;
const EXPORT_TIMEOUT_MS = 5000;
const CLOSE_MS = 3000;

/**
 * Sends spans to a collector, some hundred at once. While it does not take them, what is too much is dropped. Of more
 * than 100 requests in a second the first are traced, so that a busy server does not mostly trace.
 */
export function openTracer(options: TracingOptions): OpenTracer {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const processor = new BatchSpanProcessor({
    exporter: watchedExporter(exporter, options.log),
    maxQueueSize: MAX_QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': options.serviceName })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio) }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('stockroom');
  const propagator = new W3CTraceContextPropagator();
  const running = new AsyncLocalStorage<Running>();
  const room = new EachSecond(TRACES_A_SECOND);

  const start = ({ name, kind, fields }: Work, parent: Context) =>
    tracer.startSpan(name, { kind, attributes: fields }, parent);

  function within<T>(
    span: OtelSpan,
    { context: parent, request }: Running,
    task: (span: Span) => T,
    isRequest = false,
  ): T {
    const shown = new RunningSpan(span, isRequest ? request : undefined);
    try {
      const result = running.run({ context: trace.setSpan(parent, span), request }, task, shown);
      if (result instanceof Promise) return settled(result, shown) as T;
      shown.end();
      return result;
    } catch (error) {
      shown.fail(error);
      shown.end();
      throw error;
    }
  }

  /** Timers and connections that a request began outlast it, and belong to nobody then. */
  function here(): Running | undefined {
    const found = running.getStore();
    return found?.request.isOver ? undefined : found;
  }

  function part<T>(work: Work, task: (span: Span) => T): T {
    const found = here();
    return found ? within(start(work, found.context), found, task) : task(NO_SPAN);
  }

  function parentOf(request: TraceParent): Context {
    return request.traceparent === null ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, request, GETTER);
  }

  const spanHere = () => trace.getSpan(here()?.context ?? ROOT_CONTEXT);
  return {
    get current() {
      const span = spanHere();
      return span && new RunningSpan(span);
    },
    get traceId() {
      return spanHere()?.spanContext().traceId;
    },
    run: (name, fields, task) => part({ name, kind: SpanKind.INTERNAL, fields }, task),
    call: (name, fields, task) => part({ name, kind: SpanKind.CLIENT, fields }, task),
    serve(name, parent, fields, task) {
      if (!room.isLeft()) return task(NO_SPAN);
      const from = { context: parentOf(parent), request: { isOver: false } };
      const span = start({ name, kind: SpanKind.SERVER, fields }, from.context);
      if (!span.isRecording()) return task(NO_SPAN);
      room.take();
      return within(span, from, task, true);
    },
    async close() {
      // What a collector does not take at the end is lost, as it would be before.
      await Promise.race([provider.shutdown().catch(() => {}), Bun.sleep(CLOSE_MS)]);
    },
  };
}

const GETTER = {
  get: (request: TraceParent, name: string) =>
    (name === 'traceparent' || name === 'tracestate' ? request[name] : null) ?? undefined,
  keys: () => ['traceparent', 'tracestate'],
};

/** Of what is not traced. */
const NO_SPAN: Span = { set() {}, rename() {}, fail() {} };

/** So many in each second. */
class EachSecond {
  readonly #limit: number;
  #taken = 0;
  #since = performance.now();

  constructor(limit: number) {
    this.#limit = limit;
  }

  isLeft(): boolean {
    const now = performance.now();
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#taken = 0;
    }
    return this.#taken < this.#limit;
  }

  take(): void {
    this.#taken++;
  }
}

class RunningSpan implements Span {
  readonly #span: OtelSpan;
  /** Which is over when this ends. */
  readonly #request: Running['request'] | undefined;

  constructor(span: OtelSpan, request?: Running['request']) {
    this.#span = span;
    this.#request = request;
  }

  set(fields: SpanFields): void {
    this.#span.setAttributes(fields);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  fail(error?: unknown): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const kind = code ?? (error instanceof Error ? error.name : undefined);
    if (kind !== undefined) this.#span.setAttribute('error.type', kind);
  }

  end(): void {
    if (this.#request) this.#request.isOver = true;
    this.#span.end();
  }
}

async function settled<T>(result: Promise<T>, span: RunningSpan): Promise<T> {
  try {
    return await result;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
