import { inArray } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';
import { dayIn } from '../../lib/dates.ts';
import { requireAdmin } from '../access.ts';
import type { Ctx } from '../context.ts';
import type { NewMaterial } from './ingest/commit-files.ts';
import { type IngestOutcome, ingest } from './ingest/ingest.ts';
import type { IncomingFile } from './ingest/staged-file.ts';

const MAX_NAME_LENGTH = 100;
const NUMBERED_NAMES = 20;
/** After so many races for a name that others won, a file gets one that nobody else can want. */
const RACES = 3;

/**
 * Takes site files, which belong to no mall and keep their names, as `/cms/template/<YYYY-MM-DD>/<name>`. A name that
 * is taken gets a number: nothing is overwritten.
 * @throws AppError LOGIN_REQUIRED, FORBIDDEN, and what `ingest` throws.
 */
export async function uploadTemplates(
  ctx: Ctx,
  input: { readonly files: AsyncIterable<IncomingFile> },
): Promise<IngestOutcome[]> {
  requireAdmin(ctx);
  const placement = {
    mallId: null,
    folder: 'cms/template',
    source: 'TEMPLATE',
    basePaths: (files, attempt) => freePaths(ctx, files, attempt),
  } as const satisfies Parameters<typeof ingest>[1];
  return await ingest(ctx, placement, input.files);
}

/** A name that is safe in URLs, file systems and shells, with the extension that the bytes ask for. */
export function safeName(filename: string, extension: string): string {
  const base = filename.split(/[/\\]/).at(-1) ?? '';
  const dot = base.lastIndexOf('.');
  const given = dot > 0 ? base.slice(dot + 1).toLowerCase() : '';
  const sameType = given === extension || (given === 'jpeg' && extension === 'jpg');
  const stem = (dot > 0 && sameType ? base.slice(0, dot) : base)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}_.-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${[...stem].slice(0, MAX_NAME_LENGTH).join('') || 'file'}.${sameType ? given : extension}`;
}

async function freePaths(ctx: Ctx, files: readonly NewMaterial[], attempt: number): Promise<string[]> {
  const directory = `/cms/template/${dayIn(ctx.timeZone, new Date())}`;
  const candidates = files.map(({ id, file }) => {
    const name = safeName(file.filename, file.facts.extension);
    const dot = name.lastIndexOf('.');
    const numbered = Array.from(
      { length: NUMBERED_NAMES },
      (_, i) => `${directory}/${name.slice(0, dot)}-${i + 2}${name.slice(dot)}`,
    );
    const own = `${directory}/${name.slice(0, dot)}-${id}${name.slice(dot)}`;
    return attempt > RACES ? [own] : [`${directory}/${name}`, ...numbered, own];
  });
  const rows = await ctx.db
    .select({ basePath: materials.basePath })
    .from(materials)
    .where(inArray(materials.basePath, candidates.flat()));
  const taken = new Set(rows.map(({ basePath }) => basePath));
  return candidates.map((paths) => {
    const free = paths.find((path) => !taken.has(path)) ?? '';
    taken.add(free);
    return free;
  });
}
