import type { Server } from 'bun';
import { languageOf } from '../../errors.ts';
import type { Services } from '../../services/context.ts';
import { versionOf } from '../../services/material/file-url.ts';
import type { FileDescriptor } from '../../services/material/open-file.ts';
import { fileHead } from './file-headers.ts';
import { answerWithoutBytes, decideAnswer } from './file-response.ts';
import type { HttpMetrics } from './http-metrics.ts';
import type { ReadyVariants } from './ready-variants.ts';
import { addressOf, FILES_ROUTE, type LogRequest, requestIdOf, since } from './request-log.ts';

/** URLs of files without escapes in their path. */
const PLAIN_URL = /^https?:\/\/[^/]+(\/files(\/[\w./-]+))(\?[^#]*)?$/;
const VERSION_ALONE = /^\?v=([\da-f]+)$/;

interface FastFileOptions {
  /** CIDRs. */
  readonly trustedProxies: readonly string[];
  readonly logRequest: LogRequest;
  /** What the route of files has made ready. */
  readonly variants: ReadyVariants;
  readonly httpMetrics: HttpMetrics | undefined;
}

/**
 * Answers what is asked for most, before any middleware: a remembered file that the client has already, or whose bytes
 * are in memory. It does what the middleware does for the route of files.
 * @returns undefined for every other request.
 */
export function fastFile(
  services: Services,
  { trustedProxies, logRequest, variants, httpMetrics }: FastFileOptions,
): (request: Request, server: Server<undefined>) => Response | undefined {
  return (request, server) => {
    if (request.method !== 'GET') return undefined;
    const [, path, basePath, query] = PLAIN_URL.exec(request.url) ?? [];
    if (path === undefined || basePath === undefined) return undefined;
    const file = services.files.get(basePath);
    if (!file) return undefined;
    const started = performance.now();
    const sent =
      query === undefined || VERSION_ALONE.test(query) ? plain(file, query) : variants.get(request, file);
    if (!sent) return undefined;
    const { head } = sent;
    const answer = decideAnswer(request, sent, head);
    const requestId = requestIdOf(request);
    let response: Response;
    if (answer.kind === 'bytes') {
      if (answer.ranges !== undefined) return undefined;
      const held = 'bytes' in sent ? sent.bytes : services.fileBytes.held(file);
      if (!held) return undefined;
      response = new Response(held, { headers: { ...head.representation, 'X-Request-Id': requestId } });
    } else if (answer.kind === 'not-modified') {
      // As `answerWithoutBytes` has it; a header that is set afterwards costs more than all the others.
      response = new Response(null, {
        status: 304,
        headers: { ...head.metadata, 'X-Request-Id': requestId },
      });
    } else {
      const language = languageOf(request.headers.get('accept-language'));
      response = answerWithoutBytes(answer.kind, sent, head, { language, requestId });
      response.headers.set('X-Request-Id', requestId);
    }
    httpMetrics?.count({
      route: FILES_ROUTE,
      method: 'GET',
      status: response.status,
      seconds: (performance.now() - started) / 1000,
      bytes: sent.size,
    });
    logRequest({
      requestId,
      method: 'GET',
      route: FILES_ROUTE,
      path,
      status: response.status,
      ms: since(started),
      ...(answer.kind === 'bytes' ? { bytesOut: sent.size } : {}),
      address: addressOf(request, server, trustedProxies),
    });
    return response;
  };
}

function plain(file: FileDescriptor, query: string | undefined) {
  const version = query === undefined ? null : (VERSION_ALONE.exec(query)?.[1] ?? null);
  if (version !== null && version !== versionOf(file.sha256)) return undefined;
  const { size, mimeType } = file;
  return { size, mimeType, head: fileHead(file, { version, download: false }) };
}
