/** What the page is told about its server, beside what GraphQL says. */
export interface ServerFacts {
  /** Whether `/graphql` shows GraphiQL. */
  readonly graphiql: boolean;
  /** Where file addresses point; the same files are at `/files` of this server. */
  readonly filesUrl: string;
  readonly maxFileBytes: number;
  readonly maxRequestBytes: number;
  readonly maxFilesPerRequest: number;
}

/** From the page's `<meta name="stockroom">`. */
export const server: ServerFacts = JSON.parse(
  document.querySelector<HTMLMetaElement>('meta[name=stockroom]')?.content ?? '{}',
);

/** For style elements that scripts make, as the page's policy asks (CSP Level 3, section 7.2). */
export function styleNonce(): string {
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}

/**
 * Address at which this page may load a file: where the server is known under several names, or files have a domain
 * of their own, only that of the page has its session.
 */
export function ownFileUrl(url: string): string;
export function ownFileUrl(url: string | null | undefined): string | undefined;
export function ownFileUrl(url: string | null | undefined): string | undefined {
  if (url == null) return undefined;
  return url.startsWith(`${server.filesUrl}/`) ? `/files${url.slice(server.filesUrl.length)}` : url;
}
