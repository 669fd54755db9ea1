import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../lib/logger.ts';

/** Tells the log once when a collector takes no spans any more, and once when it does again. */
export function watchedExporter(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLost = false;
  const note = ({ code, error }: ExportResult) => {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed === isLost) return;
    isLost = failed;
    if (failed) log.warn({ err: error }, 'the collector takes no traces');
    else log.info({}, 'the collector takes traces again');
  };
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) =>
      exporter.export(spans, (result) => {
        note(result);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}
