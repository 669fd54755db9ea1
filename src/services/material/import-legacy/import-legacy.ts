import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { inArray, sql } from 'drizzle-orm';
import { malls, materials } from '../../../adapters/db/schema.ts';
import type { TableRow } from '../../../adapters/spreadsheet/table.ts';
import { detailIn, toPublicError } from '../../../errors.ts';
import { Limiter } from '../../../lib/limiter.ts';
import { recordEvents } from '../../audit/record-events.ts';
import { ingest } from '../ingest/ingest.ts';
import type { IngestCtx } from '../ingest/staged-file.ts';
import { type LegacyMaterial, type Mismatch, readRows } from './read-rows.ts';

const ROWS_AT_ONCE = 200;
const FILES_AT_ONCE = 4;

export interface ImportOptions {
  /** Where the files are, below it under their base paths. */
  readonly directory: string;
  /** Of times in the table that have none. */
  readonly timeZone: string;
  /** Only look what would be done. */
  readonly dryRun?: boolean;
  onProgress?(rows: number): void;
}

export interface ImportReport {
  /** Of the table, without the first. */
  rows: number;
  imported: number;
  /** Rows whose path a material has already, as after a run that was broken off. */
  alreadyThere: number;
  /** Malls that were made because rows name them. */
  readonly madeMalls: number[];
  /** Rows that were not imported, and why. */
  readonly mismatches: Mismatch[];
  /** Imported all the same: the file has another size than the table says. */
  readonly otherSizes: { readonly row: number; readonly basePath: string; size: number; expected: number }[];
  /** Files below the directory, in its order, that no row names. */
  readonly filesWithoutRow: string[];
}

/**
 * Takes the materials of the old system: rows of its table and the files that they point at. Paths, names and times stay,
 * bytes are examined as at an upload. What is there already is passed over, so it can be broken off and repeated.
 * @throws AppError when the server is at fault, such as STORAGE_FULL: what was imported until then stays.
 */
export async function importLegacy(
  ctx: IngestCtx,
  rows: AsyncIterable<TableRow>,
  { directory, timeZone, dryRun = false, onProgress }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = {
    rows: 0,
    imported: 0,
    alreadyThere: 0,
    madeMalls: [],
    mismatches: [],
    otherSizes: [],
    filesWithoutRow: [],
  };
  const root = await realpath(directory);
  const named = new Set<string>();
  const files = new Limiter({ concurrency: FILES_AT_ONCE });
  for await (const batch of batches(readRows(rows, timeZone))) {
    const wanted = await takeKnown(ctx, report, named, batch);
    if (!dryRun) await makeMalls(ctx, report, wanted);
    await Promise.all(wanted.map((row) => files.run(() => importRow(ctx, report, root, row, dryRun))));
    report.rows += batch.length;
    onProgress?.(report.rows);
  }
  report.mismatches.sort((a, b) => a.row - b.row);
  for await (const path of filesBelow(root)) if (!named.has(path)) report.filesWithoutRow.push(path);
  return report;
}

/** Sorts out rows that are wrong, named twice or there already. @returns the others. */
async function takeKnown(
  { db }: IngestCtx,
  report: ImportReport,
  named: Set<string>,
  batch: readonly (LegacyMaterial | Mismatch)[],
): Promise<LegacyMaterial[]> {
  const wanted: LegacyMaterial[] = [];
  for (const row of batch) {
    if ('reason' in row) report.mismatches.push(row);
    else if (named.has(row.basePath))
      report.mismatches.push({ ...row, reason: 'another row has the same path' });
    else wanted.push(row);
    named.add(row.basePath);
  }
  const paths = wanted.map(({ basePath }) => basePath);
  const known = await db
    .select({ basePath: materials.basePath })
    .from(materials)
    .where(inArray(materials.basePath, paths));
  const there = new Set(known.map(({ basePath }) => basePath));
  report.alreadyThere += there.size;
  return wanted.filter(({ basePath }) => !there.has(basePath));
}

async function importRow(
  ctx: IngestCtx,
  report: ImportReport,
  root: string,
  row: LegacyMaterial,
  dryRun: boolean,
): Promise<void> {
  const path = await find(root, row.basePath);
  if (path === undefined) {
    report.mismatches.push({ ...mismatchOf(row), reason: 'there is no such file' });
    return;
  }
  const { size } = await stat(path);
  if (row.size !== undefined && row.size !== size) {
    report.otherSizes.push({ row: row.row, basePath: row.basePath, size, expected: row.size });
  }
  if (dryRun) {
    report.imported++;
    return;
  }
  const placement = {
    mallId: row.mallId,
    folder: '',
    source: row.mallId === null ? 'TEMPLATE' : 'UPLOAD',
    ...(row.createdAt ? { createdAt: row.createdAt } : {}),
    basePaths: async () => [row.basePath],
  } as const;
  const [outcome] = await ingest(
    ctx,
    placement,
    one({ filename: row.filename, chunks: createReadStream(path) }),
  );
  if (outcome && 'error' in outcome) {
    const { code, detail } = outcome.error;
    const reason = toPublicError(outcome.error, 'en').message;
    report.mismatches.push({
      ...mismatchOf(row),
      reason: `${code}: ${detail === undefined ? reason : detailIn(detail, 'en')}`,
    });
  } else {
    report.imported++;
  }
}

function mismatchOf({ row, basePath }: LegacyMaterial): Omit<Mismatch, 'reason'> {
  return { row, basePath };
}

/** The file of a base path; undefined where there is none, also where a link leads out of the directory. */
async function find(root: string, basePath: string): Promise<string | undefined> {
  try {
    const path = await realpath(join(root, basePath));
    const isInside = path.startsWith(`${root}${sep}`);
    return isInside && (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Malls keep their numbers. */
async function makeMalls(
  ctx: IngestCtx,
  report: ImportReport,
  rows: readonly LegacyMaterial[],
): Promise<void> {
  const ids = [...new Set(rows.flatMap(({ mallId }) => (mallId === null ? [] : [mallId])))].sort(
    (a, b) => a - b,
  );
  if (ids.length === 0) return;
  await ctx.db.transaction(async (tx) => {
    const made = await tx
      .insert(malls)
      .values(ids.map((id) => ({ id, name: `Mall ${id}` })))
      .onConflictDoNothing()
      .returning({ id: malls.id, name: malls.name });
    if (made.length === 0) return;
    const largest = Math.max(...made.map(({ id }) => id));
    // So that nobody takes an id between the look at the sequence and its move.
    await tx.execute(sql`lock table ${malls} in share row exclusive mode`);
    await tx.execute(sql`
      select setval(sequence.name, ${largest}::bigint)
      from (select pg_get_serial_sequence('malls', 'id')::regclass as name) as sequence
      where coalesce(pg_sequence_last_value(sequence.name), 0) < ${largest}::bigint`);
    await recordEvents(
      tx,
      ctx,
      made.map(({ id, name }) => ({ action: 'mall.created', mallId: id, subjectId: id, subjectName: name })),
    );
    report.madeMalls.push(...made.map(({ id }) => id));
  });
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* one<T>(item: T): AsyncGenerator<T> {
  yield item;
}

/** Paths of all files, as base paths, in the order of their names. */
async function* filesBelow(root: string, directory = root): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile()) yield `/${relative(root, path).split(sep).join('/')}`;
  }
}
