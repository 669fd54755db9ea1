import type { Context, Handler } from 'hono';
import { AppError } from '../../errors.ts';
import type { OpenedFile } from '../../services/material/file-bytes.ts';
import { openFile } from '../../services/material/open-file.ts';
import { openVariant } from '../../services/material/variant/open-variant.ts';
import { parseParameters } from '../../services/material/variant/parameters.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage, withoutIdleTimeout } from './env.ts';
import { type FileHead, fileHead, variantHead } from './file-headers.ts';
import { answerWithBytes, answerWithoutBytes, decideAnswer } from './file-response.ts';

/** What is to be sent: the file itself, or the variant of it that the query asks for. */
interface Representation {
  readonly size: number;
  readonly mimeType: string;
  readonly head: FileHead;
  /** @throws AppError INTERNAL_ERROR when the bytes are missing or cut. */
  open(): Promise<OpenedFile>;
}

const PREFIX = '/files';
/** Larger files are watched; of smaller ones the system takes all, or most, at once. */
const WATCHED_BYTES = 256 * 1024;

/** `GET` and `HEAD /files<basePath>`: public bytes, so no session is looked at. */
export function filesRoute(watch: DownloadWatch): Handler<HttpEnv> {
  return async (c) => {
    const file = await representationOf(c);
    const request = c.req.raw;
    const answer = decideAnswer(request, file, file.head);
    if (answer.kind !== 'bytes') {
      const caller = { language: requestLanguage(c), requestId: c.get('requestId') };
      return answerWithoutBytes(answer.kind, file, file.head, caller);
    }
    const opened = await file.open();
    if (file.size > WATCHED_BYTES) watch.watch(request, c.env.server);
    return await answerWithBytes(request, file, file.head, opened, answer.ranges);
  };
}

async function representationOf(c: Context<HttpEnv>): Promise<Representation> {
  const { pathname, searchParams: query } = new URL(c.req.url);
  const ctx = createCtx(c, null);
  const view = { version: query.get('v'), download: query.has('download') };
  const parameters = parseParameters(query);
  const poster = query.has('poster');
  const file = await openFile(ctx, decodePath(pathname.slice(PREFIX.length)));
  if (parameters === null && !poster) {
    return { ...file, head: fileHead(file, view), open: () => ctx.fileBytes.open(file) };
  }
  // Decoding may take longer than a connection may be silent.
  withoutIdleTimeout(c);
  const accept = c.req.header('accept') ?? null;
  const variant = await openVariant(ctx, file, { parameters, poster, accept });
  return { ...variant, head: variantHead(file, variant, view), open: async () => variant.content };
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
