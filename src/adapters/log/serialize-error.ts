/** The lines before these repeat the message. */
const STACK_LINE = /^\s+at /;
const MAX_STACK_LINES = 11;
const MAX_CAUSES = 5;

/** An error with its causes, for a log. Parameters of a failed query stay out: they are people's data. */
export function serializeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const message = 'query' in error && 'params' in error ? 'a query failed' : error.message;
  const code = 'code' in error ? { code: error.code } : {};
  const hasCause = error.cause !== undefined && depth < MAX_CAUSES;
  const cause = hasCause ? { cause: serializeError(error.cause, depth + 1) } : {};
  const stack = error.stack
    ?.split('\n')
    .filter((line) => STACK_LINE.test(line))
    .slice(0, MAX_STACK_LINES)
    .join('\n');
  return { type: error.name, message, ...code, stack, ...cause };
}
