import type { Context, Handler } from 'hono';
import { AppError } from '../../errors.ts';
import type { Actor } from '../../services/context.ts';
import { isFileLink } from '../../services/link/file-link.ts';
import type { OpenedFile } from '../../services/material/file-bytes.ts';
import { type FileDescriptor, openFile } from '../../services/material/open-file.ts';
import { openVariant } from '../../services/material/variant/open-variant.ts';
import { parseParameters } from '../../services/material/variant/parameters.ts';
import { ANY_ORIGIN } from './cors.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv, requestLanguage, withoutIdleTimeout } from './env.ts';
import { type FileHead, fileHead, variantHead } from './file-headers.ts';
import { answerWithBytes, answerWithoutBytes, decideAnswer } from './file-response.ts';
import type { ReadyVariants } from './ready-variants.ts';

interface FilesRouteOptions {
  readonly watch: DownloadWatch;
  readonly withSession: WithSession;
  /** Where variants are put that may be answered without this route the next time. */
  readonly variants: ReadyVariants;
}

/** Gives the context its session while `next` runs. */
type WithSession = (c: Context<HttpEnv>, next: () => Promise<void>) => Promise<unknown>;

/** What is to be sent: the file itself, or the variant of it that the query asks for. */
interface Representation {
  readonly size: number;
  readonly mimeType: string;
  readonly head: FileHead;
  /** @throws AppError INTERNAL_ERROR when the bytes are missing or cut. */
  open(): Promise<OpenedFile>;
  /** A URL at which the client gets the same by itself. */
  elsewhere?(): string | undefined;
}

const PREFIX = '/files';
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];
/** Larger files are watched; of smaller ones the system takes all, or most, at once. */
const WATCHED_BYTES = 256 * 1024;

/**
 * `GET` and `HEAD /files<basePath>`. A session is looked at only where the file is not public.
 */
export function filesRoute(options: FilesRouteOptions): Handler<HttpEnv> {
  const { watch } = options;
  const answer = async (c: Context<HttpEnv>): Promise<Response> => {
    const file = await representationOf(c, options);
    const request = c.req.raw;
    const outcome = decideAnswer(request, file, file.head);
    if (outcome.kind !== 'bytes') {
      const caller = { language: requestLanguage(c), requestId: c.get('requestId') };
      return answerWithoutBytes(outcome.kind, file, file.head, caller);
    }
    const opened = await file.open();
    const location = mayLeave(request) ? file.elsewhere?.() : undefined;
    if (location !== undefined) return new Response(null, { status: 302, headers: redirectFields(location) });
    if (file.size > WATCHED_BYTES) watch.watch(request, c.env.server);
    return await answerWithBytes(request, file, file.head, opened, outcome.ranges);
  };
  return async (c) => {
    try {
      return await answer(c);
    } catch (error) {
      // What was remembered may have been replaced or purged on another instance just now.
      if (!(error instanceof AppError && error.code === 'INTERNAL_ERROR')) throw error;
      const basePath = basePathOf(c);
      const { files } = c.get('services');
      if (!files.get(basePath)) throw error;
      files.forget(basePath);
      return await answer(c);
    }
  };
}

/** The store has other validators, so it would answer conditions wrongly. */
function mayLeave({ method, headers }: Request): boolean {
  return method === 'GET' && !CONDITIONS.some((name) => headers.has(name));
}

function redirectFields(location: string): Record<string, string> {
  return {
    ...ANY_ORIGIN,
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    Location: location,
  };
}

function basePathOf(c: Context<HttpEnv>): string {
  return decodePath(new URL(c.req.url).pathname.slice(PREFIX.length));
}

async function representationOf(
  c: Context<HttpEnv>,
  { withSession, variants }: FilesRouteOptions,
): Promise<Representation> {
  const { searchParams: query } = new URL(c.req.url);
  const basePath = basePathOf(c);
  const ctx = createCtx(c, null);
  const hasLink = isFileLink(ctx, basePath, query);
  const view = { version: query.get('v'), download: query.has('download') };
  const parameters = parseParameters(query, { exact: hasLink });
  const poster = query.has('poster');
  const file = await openFile(ctx, basePath, { version: view.version, hasLink }).catch((error: unknown) =>
    openWithSession(c, withSession, basePath, error),
  );
  if (parameters === null && !poster) {
    const head = fileHead(file, view);
    return {
      ...file,
      head,
      open: () => ctx.fileBytes.open(file),
      elsewhere: () =>
        ctx.fileBytes.elsewhere(file, {
          contentType: file.mimeType,
          contentDisposition: head.representation['Content-Disposition'],
          cacheControl: head.metadata['Cache-Control'],
        }),
    };
  }
  // Decoding may take longer than a connection may be silent.
  withoutIdleTimeout(c);
  const accept = c.req.header('accept') ?? null;
  const variant = await openVariant(ctx, file, { parameters, poster, accept });
  const head = variantHead(file, variant, view);
  if (!hasLink) await variants.put(c.req.raw, file, variant, head);
  return { ...variant, head, open: async () => variant.content };
}

/** What is not there for everybody may be there for whoever asks. */
async function openWithSession(
  c: Context<HttpEnv>,
  withSession: WithSession,
  basePath: string,
  error: unknown,
): Promise<FileDescriptor> {
  const isHidden = error instanceof AppError && error.code === 'NOT_FOUND';
  const isSomebody = c.req.header('cookie') !== undefined || c.req.header('authorization') !== undefined;
  if (!isHidden || !isSomebody) throw error;
  let actor: Actor | null = null;
  await withSession(c, async () => {
    actor = c.get('sessionHandle').actor;
  });
  c.set('actor', actor);
  return await openFile(createCtx(c, actor), basePath);
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
