import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import { openFile } from '../../services/material/open-file.ts';
import { createCtx, type HttpEnv, withoutIdleTimeout } from './env.ts';
import { fileResponse } from './file-response.ts';

const PREFIX = '/files';

/** `GET` and `HEAD /files<basePath>`: public bytes, so no session is looked at. */
export function filesRoute(): Handler<HttpEnv> {
  return async (c) => {
    const url = new URL(c.req.url);
    const basePath = decodePath(url.pathname.slice(PREFIX.length));
    const ctx = createCtx(c, null);
    const file = await openFile(ctx, basePath);
    withoutIdleTimeout(c);
    return await fileResponse(ctx.store, file, {
      method: c.req.method,
      headers: c.req.raw.headers,
      version: url.searchParams.get('v'),
    });
  };
}

function decodePath(path: string): string {
  try {
    const decoded = decodeURIComponent(path);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Falls through: a path that does not decode names nothing.
  }
  throw new AppError('NOT_FOUND');
}
