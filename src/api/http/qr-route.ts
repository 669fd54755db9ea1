import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import { type QrFormat, qrPng, qrSvg } from '../../services/qr/qr-code.ts';
import { createCtx, type HttpEnv } from './env.ts';

const TYPES: Record<QrFormat, string> = { svg: 'image/svg+xml', png: 'image/png' };
const MAX_AGE_SECONDS = 86_400;

/** `GET` and `HEAD /qr.svg` and `/qr.png` with `text` and `size`. */
export function qrRoute(format: QrFormat): Handler<HttpEnv> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    const query = new URL(c.req.url).searchParams;
    const input = { text: one(query, 'text') ?? '', size: parseSize(one(query, 'size')) };
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

function parseSize(size: string | undefined): number | undefined {
  if (size === undefined) return undefined;
  return /^\d{1,5}$/.test(size) ? Number(size) : Number.NaN;
}

function one(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw new AppError('PARAMS_INVALID', { detail: `There is more than one ${name}.` });
  return values[0];
}
