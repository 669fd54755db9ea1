/** What the client decides itself. */
const OWN = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** All others may hold what is meant for one origin alone. */
const FOR_ANY_ORIGIN = new Set(['accept', 'accept-language', 'content-length', 'content-type', 'user-agent']);
const OF_BODY = new Set(['content-length', 'content-type']);

/**
 * @param body its length is told where it is known.
 * @param bodyBytes of one that comes in pieces.
 */
export function requestHeaders(
  given: Readonly<Record<string, string>>,
  body: Uint8Array | AsyncIterable<Uint8Array> | undefined,
  bodyBytes?: number,
): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': 'Stockroom', 'accept-encoding': 'identity' };
  for (const [name, value] of Object.entries(given)) {
    if (!OWN.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  const bytes = body instanceof Uint8Array ? body.byteLength : body && bodyBytes;
  if (bytes !== undefined) headers['content-length'] = String(bytes);
  return headers;
}

/** What may go along to another origin. */
export function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => FOR_ANY_ORIGIN.has(name.toLowerCase())),
  );
}

/** What may go along where the body does not: with a length and no body, the next request would be taken for it. */
export function withoutBody(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_BODY.has(name)));
}
