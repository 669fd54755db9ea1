import type { Handler } from 'hono';
import { z } from 'zod';
import type { MediaKind } from '../../adapters/db/schema.ts';
import { archiveNames } from '../../lib/archive-names.ts';
import { dayIn, wallClockIn } from '../../lib/dates.ts';
import { attachment } from '../../lib/file-disposition.ts';
import {
  type ArchiveSelection,
  listForArchive,
  MAX_ARCHIVE_FILES,
  MAX_ARCHIVE_IDS,
} from '../../services/material/list-for-archive.ts';
import type { DownloadWatch } from './download-watch.ts';
import { createCtx, type HttpEnv } from './env.ts';
import { readQuery } from './rest/read-query.ts';
import type { RestRoute } from './rest/route.ts';
import { type ZipEntry, zipLength, zipStream } from './zip-stream.ts';

const KINDS = ['IMAGE', 'VIDEO', 'AUDIO'] as const satisfies MediaKind[];
const text = z.string().refine((value) => !value.includes('\0'));
const QUERY = z
  .strictObject({
    id: z
      .array(z.string().meta({ format: 'uuid' }))
      .meta({ description: 'Of a material; once for each. Without any filter.', maxItems: MAX_ARCHIVE_IDS })
      .optional(),
    kind: z.enum(KINDS).optional(),
    folder: text.describe('The folder, as it is called.').optional(),
    tag: text.optional(),
    name: text.describe('Part of the name.').optional(),
  })
  .refine(
    (query) => Object.keys(query).length > 0 && (query.id === undefined || Object.keys(query).length === 1),
  );

export const zipDefinition = {
  method: 'GET',
  path: '/malls/:mallId{[0-9]+}/materials.zip',
  id: 'materialsZip',
  tag: 'Files',
  summary: "Many of a mall's materials in one ZIP file",
  description: `By \`id\`, or by the other parameters; at most ${MAX_ARCHIVE_FILES.toLocaleString('en')} files.`,
  caller: { scope: 'READ' },
  parameters: { mallId: z.int().min(1).describe('Number of the mall.') },
  query: QUERY,
  answers: { 200: { description: 'The archive, of a known length.', types: ['application/zip'] } },
  errors: ['PARAMS_INVALID', 'NOT_FOUND', 'FORBIDDEN'],
} as const satisfies RestRoute;

/** `GET` and `HEAD /malls/:mallId/materials.zip`: a selection of a mall's materials in one archive. */
export function zipRoute(watch: DownloadWatch): Handler<HttpEnv, '/malls/:mallId/materials.zip'> {
  return async (c) => {
    const { actor } = c.get('sessionHandle');
    c.set('actor', actor);
    const ctx = createCtx(c, actor);
    const selection = parseSelection(Number(c.req.param('mallId')), c.req.url);
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
function parseSelection(mallId: number, url: string): ArchiveSelection {
  const { id: ids, ...filter } = readQuery(QUERY, url, {
    en: 'Say which materials: id, once for each; or kind (IMAGE, VIDEO, AUDIO), folder, tag, name.',
    zh: '请指定素材：每个素材一个 id；或者 kind（IMAGE、VIDEO、AUDIO）、folder、tag、name',
  });
  return ids ? { mallId, ids } : { mallId, filter };
}
