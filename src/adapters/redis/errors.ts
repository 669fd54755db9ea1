const MESSAGES = new Set([
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
]);
const NAMES = new Set(['ReplyError', 'MaxRetriesPerRequestError']);

/** True when Redis did not do what it was asked, or refused to, so that the same request may succeed later. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (MESSAGES.has(error.message) || NAMES.has(error.name)) return true;
  // A request that its client left has an error of this name too, but no command.
  return error.name === 'AbortError' && 'command' in error;
}
