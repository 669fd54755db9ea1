import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../../services/context.ts';
import { findFile, openFile } from '../../services/material/open-file.ts';
import { openVariant } from '../../services/material/variant/open-variant.ts';
import { parseParameters } from '../../services/material/variant/parameters.ts';
import { createCtx, type HttpEnv, withoutIdleTimeout } from './env.ts';
import { fileResponse, type Representation } from './file-response.ts';

const PREFIX = '/files';

/** `GET` and `HEAD /files<basePath>`: public bytes, so no session is looked at. */
export function filesRoute(): Handler<HttpEnv> {
  return async (c) => {
    const url = new URL(c.req.url);
    const basePath = decodePath(url.pathname.slice(PREFIX.length));
    const ctx = createCtx(c, null);
    // Decoding may take longer than a connection may be silent.
    withoutIdleTimeout(c);
    const file = await representationOf(ctx, basePath, url.searchParams, c.req.header('accept') ?? null);
    return await fileResponse(file, {
      method: c.req.method,
      headers: c.req.raw.headers,
      version: url.searchParams.get('v'),
    });
  };
}

/** The file itself, or the variant of it that the query asks for. */
async function representationOf(
  ctx: Ctx,
  basePath: string,
  query: URLSearchParams,
  accept: string | null,
): Promise<Representation> {
  const parameters = parseParameters(query);
  const poster = query.has('poster');
  if (parameters === null && !poster) {
    const file = await openFile(ctx, basePath);
    const read = (start: number, end: number) => ctx.store.read(file.storageKey, start, end);
    return { ...file, etag: `"${file.sha256}"`, read };
  }
  const { sha256, lastModified, ...file } = await findFile(ctx, basePath);
  const variant = await openVariant(ctx, { ...file, sha256, lastModified }, { parameters, poster, accept });
  const read = (start: number, end: number) => variant.content.slice(start, end);
  return { ...variant, sha256, lastModified, read };
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
