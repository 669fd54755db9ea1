import type { Logger } from '../../lib/logger.ts';
import type { Tracer } from '../../lib/tracer.ts';

/** The logger with the trace's id in each line that is written while something is traced. */
export function tracedLog(log: Logger, tracer: Tracer): Logger {
  const withId = (fields: object) => {
    const { traceId } = tracer;
    return traceId === undefined ? fields : { ...fields, traceId };
  };
  return {
    debug: (fields, message) => log.debug(withId(fields), message),
    info: (fields, message) => log.info(withId(fields), message),
    warn: (fields, message) => log.warn(withId(fields), message),
    error: (fields, message) => log.error(withId(fields), message),
  };
}
