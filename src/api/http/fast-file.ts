import type { Server } from 'bun';
import { languageOf } from '../../errors.ts';
import type { Services } from '../../services/context.ts';
import { versionOf } from '../../services/material/file-url.ts';
import { fileHead } from './file-headers.ts';
import { answerWithoutBytes, decideAnswer } from './file-response.ts';
import { addressOf, logRequest, requestIdOf } from './request-log.ts';

/** URLs without escapes and with no parameter but a version. */
const PLAIN_URL = /^https?:\/\/[^/]+(\/files(\/[\w./-]+))(?:\?v=([\da-f]+))?$/;

/**
 * Answers what is asked for most, before any middleware: a remembered file that the client has already, or whose bytes
 * are in memory. It does what the middleware does for the route of files.
 * @returns undefined for every other request.
 */
export function fastFile(
  services: Services,
  { trustedProxies }: { readonly trustedProxies: readonly string[] },
): (request: Request, server: Server<undefined>) => Response | undefined {
  return (request, server) => {
    if (request.method !== 'GET') return undefined;
    const [, path, basePath, version = null] = PLAIN_URL.exec(request.url) ?? [];
    if (path === undefined || basePath === undefined) return undefined;
    const file = services.files.get(basePath);
    if (!file || (version !== null && version !== versionOf(file.sha256))) return undefined;
    const started = performance.now();
    const head = fileHead(file, { version, download: false });
    const answer = decideAnswer(request, file, head);
    const requestId = requestIdOf(request);
    let response: Response;
    if (answer.kind === 'bytes') {
      const held = answer.ranges === undefined ? services.fileBytes.held(file) : undefined;
      if (!held) return undefined;
      response = new Response(held, { headers: { ...head.representation, 'X-Request-Id': requestId } });
    } else {
      const language = languageOf(request.headers.get('accept-language'));
      response = answerWithoutBytes(answer.kind, file, head, { language, requestId });
      response.headers.set('X-Request-Id', requestId);
    }
    logRequest(services.log, started, {
      requestId,
      method: 'GET',
      path,
      status: response.status,
      address: addressOf(request, server, trustedProxies),
    });
    return response;
  };
}
