import type { Handler } from 'hono';
import { AppError } from '../../errors.ts';
import { openFile } from '../../services/material/open-file.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage } from './env.ts';
import { fileHead } from './file-headers.ts';
import { answerWithBytes, answerWithoutBytes, decideAnswer } from './file-response.ts';

const PREFIX = '/files';
/** Larger files are watched; of smaller ones the system takes all, or most, at once. */
const WATCHED_BYTES = 256 * 1024;

/** `GET` and `HEAD /files<basePath>`: public bytes, so no session is looked at. */
export function filesRoute(watch: DownloadWatch): Handler<HttpEnv> {
  return async (c) => {
    const url = new URL(c.req.url);
    const basePath = decodePath(url.pathname.slice(PREFIX.length));
    const ctx = createCtx(c, null);
    const file = await openFile(ctx, basePath);
    const head = fileHead(file, {
      version: url.searchParams.get('v'),
      download: url.searchParams.has('download'),
    });
    const request = c.req.raw;
    const answer = decideAnswer(request, file, head);
    if (answer.kind !== 'bytes') {
      const caller = { language: requestLanguage(c), requestId: ctx.requestId };
      return answerWithoutBytes(answer.kind, file, head, caller);
    }
    const opened = await ctx.fileBytes.open(file);
    if (file.size > WATCHED_BYTES) watch.watch(request, c.env.server);
    return await answerWithBytes(request, file, head, opened, answer.ranges);
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
