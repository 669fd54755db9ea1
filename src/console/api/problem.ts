import { currentLanguage } from '../i18n/language.tsx';

/** What a route beside GraphQL answered instead of a file: a problem document (RFC 9457). */
export class ProblemError extends Error {
  /** As in `schema/errors.md`. */
  readonly code: string;

  /** @param message in the user's language. */
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ProblemError';
    this.code = code;
  }
}

/**
 * Asks whether an address of this server gives its file, without making it.
 * @throws ProblemError where it does not; TypeError where the server is not reached.
 */
export async function checkDownload(path: string): Promise<void> {
  const headers = { 'accept-language': currentLanguage() };
  const head = await fetch(path, { method: 'HEAD', headers });
  if (head.ok) return;
  // An answer to HEAD has no words.
  const stop = new AbortController();
  const answer = await fetch(path, { headers, signal: stop.signal });
  if (answer.ok) return stop.abort();
  const { code, title } = (await answer.json().catch(() => ({}))) as { code?: string; title?: string };
  throw new ProblemError(code ?? `HTTP_${answer.status}`, title ?? `${answer.status} ${answer.statusText}`);
}

/** Has the browser save what an address of this server gives. */
export function saveFile(path: string): void {
  const anchor = document.createElement('a');
  anchor.href = path;
  anchor.download = '';
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}
