import type { Handler } from 'hono';
import type { MediaKind } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { archiveNames } from '../../lib/archive-names.ts';
import { dayIn, wallClockIn } from '../../lib/dates.ts';
import { attachment } from '../../lib/file-disposition.ts';
import { type ArchiveSelection, listForArchive } from '../../services/material/list-for-archive.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv } from './env.ts';
import { type ZipEntry, zipLength, zipStream } from './zip-stream.ts';

const KINDS: readonly string[] = ['IMAGE', 'VIDEO', 'AUDIO'] satisfies MediaKind[];
const FILTERS = ['kind', 'folder', 'tag', 'name'] as const;

/** `GET` and `HEAD /malls/:mallId/materials.zip`: a selection of a mall's materials in one archive. */
export function zipRoute(watch: DownloadWatch): Handler<HttpEnv, '/malls/:mallId/materials.zip'> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    const query = new URL(c.req.url).searchParams;
    const selection = parseSelection(Number(c.req.param('mallId')), query);
    const { mallName, files } = await listForArchive(ctx, selection);
    const names = archiveNames(files);
    const entries = files.map(
      (file, i): ZipEntry => ({
        file,
        name: names[i] ?? '',
        modified: wallClockIn(ctx.timeZone, file.updatedAt),
      }),
    );
    const headers = {
      'Content-Type': 'application/zip',
      'Content-Length': String(zipLength(entries)),
      'Content-Disposition': attachment(`${mallName} ${dayIn(ctx.timeZone, new Date())}.zip`),
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
      'Accept-Ranges': 'none',
    };
    const request = c.req.raw;
    const [firstEntry] = entries;
    if (!firstEntry || request.method === 'HEAD') return new Response(null, { headers });
    const first = await ctx.fileBytes.open(firstEntry.file);
    const { server } = c.env;
    const body = zipStream(entries, {
      bytes: ctx.fileBytes,
      first,
      // The watch takes a client who has nothing to take for one who is done: it begins anew while there is more.
      onPiece: () => watch.watch(request, server),
    });
    return new Response(body, { headers });
  };
}

/** @throws AppError PARAMS_INVALID */
function parseSelection(mallId: number, query: URLSearchParams): ArchiveSelection {
  const names = new Set(query.keys());
  const ids = query.getAll('id');
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (names.has(name) ? [[name, query.get(name)]] : [])),
  );
  const isById = names.has('id');
  const isKnown = [...names].every((name) => name === 'id' || FILTERS.some((filter) => filter === name));
  const isOne = FILTERS.every((name) => query.getAll(name).length <= 1);
  const isKind = filter.kind === undefined || KINDS.includes(String(filter.kind));
  const hasNul = [...query.values()].some((value) => value.includes('\0'));
  if (names.size === 0 || !isKnown || !isOne || !isKind || hasNul || (isById && names.size > 1)) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'Say which materials: id, once for each; or kind (IMAGE, VIDEO, AUDIO), folder, tag, name.',
        zh: '请指定素材：每个素材一个 id；或者 kind（IMAGE、VIDEO、AUDIO）、folder、tag、name',
      },
    });
  }
  return isById ? { mallId, ids } : { mallId, filter };
}
