import type { Handler } from 'hono';
import { z } from 'zod';
import { requireActor } from '../../services/access.ts';
import { MAX_TEXT_BYTES, type QrFormat, qrPng, qrSvg, SIZES } from '../../services/qr/qr-code.ts';
import { createCtx, type HttpEnv } from './env.ts';
import { readQuery, wholeNumber } from './rest/read-query.ts';
import type { RestRoute } from './rest/route.ts';

const TYPES: Record<QrFormat, string> = { svg: 'image/svg+xml', png: 'image/png' };
const MAX_AGE_SECONDS = 86_400;
const QUERY = z.object({
  text: z.string().meta({
    description: `What the code says: 1 to ${MAX_TEXT_BYTES} bytes in UTF-8.`,
    minLength: 1,
    maxLength: MAX_TEXT_BYTES,
  }),
  size: wholeNumber({ minimum: SIZES.min, maximum: SIZES.max })
    .describe(`px of either side; ${SIZES.default} by default.`)
    .optional(),
});

export const qrDefinition = (format: QrFormat) =>
  ({
    method: 'GET',
    path: `/qr.${format}`,
    id: format === 'svg' ? 'qrSvg' : 'qrPng',
    tag: 'Codes',
    summary: `A text as a QR code (${format.toUpperCase()})`,
    caller: { scope: 'READ' },
    query: QUERY,
    answers: { 200: { description: 'The picture.', types: [TYPES[format]] } },
    errors: ['PARAMS_INVALID'],
  }) as const satisfies RestRoute;

/** `GET` and `HEAD /qr.svg` and `/qr.png` with `text` and `size`. */
export function qrRoute(format: QrFormat): Handler<HttpEnv> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    requireActor(ctx);
    const input = readQuery(QUERY, c.req.url);
    const body = format === 'svg' ? await qrSvg(ctx, input) : await qrPng(ctx, input);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const headers = {
      'Content-Type': TYPES[format],
      'Content-Length': String(bytes.byteLength),
      // The same text gives the same code; it may be a secret of whoever asked.
      'Cache-Control': `private, max-age=${MAX_AGE_SECONDS}`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cross-Origin-Resource-Policy': 'same-site',
      'X-Content-Type-Options': 'nosniff',
    };
    return new Response(c.req.method === 'HEAD' ? null : bytes, { headers });
  };
}
