import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import { evaluateConditions } from '../../lib/http-conditions.ts';
import type { HttpEnv } from './env.ts';

interface PageFile {
  readonly type: string;
  /** With its quotes. */
  etag(): Promise<string>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Of `If-Modified-Since`: nobody is told since when they are as they are. */
const NEVER = Number.POSITIVE_INFINITY;
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stockroom: REST reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/reference/swagger-ui.css">
<div id="reference"></div>
<script src="/reference/swagger-ui-bundle.js"></script>
<script src="/reference/start.js"></script>
</html>
`;

/** Nothing is loaded from elsewhere, nor told to anybody. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  queryConfigEnabled: false,
  validatorUrl: null,
});
`;

const FILES: Readonly<Record<string, PageFile>> = {
  'swagger-ui.css': packaged(CSS, () => import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  'swagger-ui-bundle.js': packaged(JAVASCRIPT, () =>
    import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  ),
  'start.js': {
    type: JAVASCRIPT,
    etag: async () => `"${Bun.hash(START)}"`,
    bytes: async () => Buffer.from(START),
  },
};

/** What the page does comes from this server, and nothing that stands in a text can run. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const COMMON = {
  'Cache-Control': 'no-cache',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** `GET` and `HEAD /reference`: the document of the REST routes, to be read and tried. */
export const referencePage: Handler<HttpEnv> = (c) =>
  c.html(PAGE, 200, { ...COMMON, 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'same-origin' });

/** `GET` and `HEAD /reference/<file>`: what the page is made of, most of it from the package as it is installed. */
export const referenceFile: Handler<HttpEnv, '/reference/:file'> = async (c) => {
  const name = c.req.param('file');
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (!file) throw new AppError('NOT_FOUND');
  const { method, raw } = c.req;
  const etag = await file.etag();
  const headers = { ...COMMON, ETag: etag };
  if (evaluateConditions(method, raw.headers, { etag, lastModified: NEVER }) === 'not-modified') {
    return new Response(null, { status: 304, headers });
  }
  const body = await file.bytes();
  return new Response(method === 'HEAD' ? null : body, {
    headers: { ...headers, 'Content-Type': file.type, 'Content-Length': String(body.byteLength) },
  });
};

/** A file of a package, read anew each time: hardly anybody asks for it twice. */
function packaged(type: string, resolve: () => string): PageFile {
  const file = () => Bun.file(Bun.fileURLToPath(resolve()));
  return {
    type,
    async etag() {
      const { size, mtimeMs } = await file().stat();
      return `"${size}-${mtimeMs}"`;
    },
    bytes: async () => await file().bytes(),
  };
}
