import { inArray } from 'drizzle-orm';
import { readSnapshot } from '../../adapters/db/copy-out.ts';
import { blobs, materials } from '../../adapters/db/schema.ts';
import type { Recipe } from '../../adapters/media/index.ts';
import {
  type Picture,
  type PlainSheet,
  pictureWorkbook,
} from '../../adapters/spreadsheet/writing/picture-workbook.ts';
import { AppError } from '../../errors.ts';
import { Limiter } from '../../lib/limiter.ts';
import { materialBlob } from '../material/record.ts';
import type { Variants } from '../material/variant/variants.ts';
import { copiedRows } from './copied-rows.ts';
import type { TableColumn, TableSpec, WrittenTable } from './render/table.ts';
import type { ExportCtx, ReportSink } from './write-report.ts';

const MOST_PICTURES = 1000;

const PICTURES_AT_ONCE = 2;
/** px; twice what is shown, for screens with many pixels. */
const SIDE = 160;
const SMALL: Recipe = {
  width: SIDE,
  height: SIDE,
  fit: 'inside',
  focus: 'centre',
  format: 'plain',
  quality: 80,
  blur: null,
  rotate: 0,
  background: null,
};

/**
 * The same table as a workbook with a picture of each material; its rows and pictures are held in memory.
 * @throws AppError PARAMS_INVALID when there are more than 1,000 rows, or nobody makes pictures here.
 */
export async function writeWithPictures(
  ctx: ExportCtx,
  spec: TableSpec & { readonly count: string },
  pictureHeader: string,
  sink: ReportSink,
): Promise<WrittenTable> {
  const { variants, signal } = ctx;
  if (!variants) throw tooMany('Pictures are made by a running server only.', '仅运行中的服务器可生成缩略图');
  const hash = new Bun.CryptoHasher('sha256');
  const { sheets, readAt } = await readSnapshot(
    spec.address,
    { timeZone: spec.timeZone, signal },
    async (snapshot) => {
      if ((await snapshot.number(spec.count)) > MOST_PICTURES) {
        throw tooMany(
          `thumbnails are for at most ${MOST_PICTURES} rows.`,
          `thumbnails 最多支持 ${MOST_PICTURES} 行`,
        );
      }
      const read = async (name: string, columns: readonly TableColumn[], select: string) => {
        const chunks: Buffer[] = [];
        const keys = columns.map(({ key }) => `"${key}"`).join(', ');
        await snapshot.copy(`select ${keys} from (${select}) as rows`, (bytes) => {
          chunks.push(Buffer.from(bytes));
        });
        const bytes = Buffer.concat(chunks);
        if (select === spec.select) hash.update(bytes);
        return { name, columns, rows: copiedRows(bytes.toString(), columns) };
      };
      const all: PlainSheet[] = [await read(spec.sheetName, spec.columns, spec.select)];
      for (const extra of spec.extraSheets ?? [])
        all.push(await read(extra.name, extra.columns, extra.select));
      return { sheets: all, readAt: snapshot.readAt };
    },
  );
  const [main, ...extras] = sheets;
  if (!main) throw new Error('a table has a sheet');
  const ids = main.rows.map((row) => String(row[spec.columns.findIndex(({ key }) => key === 'id')]));
  const pictures = await picturesOf({ db: ctx.db, signal, variants }, ids);
  const facts = { rows: main.rows.length, sha256: hash.digest('hex'), readAt, cutCells: 0 };
  const about = { name: spec.aboutSheetName, columns: [], rows: spec.about(facts) };
  const book = await pictureWorkbook(
    [{ ...main, pictures, pictureHeader }, ...extras, about],
    spec.properties,
  );
  signal.throwIfAborted();
  await sink(book);
  return { rows: facts.rows, bytes: book.byteLength, sha256: facts.sha256 };
}

/** In the order of the ids; what has no picture, or one that does not decode, is undefined. */
async function picturesOf(
  { db, signal, variants }: Pick<ExportCtx, 'db' | 'signal'> & { readonly variants: Variants },
  ids: readonly string[],
): Promise<(Picture | undefined)[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select({
      id: materials.id,
      kind: blobs.kind,
      damaged: blobs.damaged,
      storageKey: blobs.storageKey,
      size: blobs.size,
      mimeType: blobs.mimeType,
      sha256: blobs.sha256,
      durationMs: blobs.durationMs,
      width: blobs.width,
      height: blobs.height,
    })
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(inArray(materials.id, [...ids]));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const few = new Limiter({ concurrency: PICTURES_AT_ONCE });
  return await Promise.all(
    ids.map((id) =>
      few.run(async () => {
        signal.throwIfAborted();
        const source = byId.get(id);
        const isFilm = source?.kind === 'VIDEO';
        const isShown =
          source && !source.damaged && (source.kind === 'IMAGE' || (isFilm && variants.hasPosters));
        if (!isShown || source.width === null || source.height === null) return undefined;
        try {
          const made = await variants.open({ ...source, isFilm }, SMALL, signal);
          const scale = Math.min(1, SIDE / Math.max(source.width, source.height));
          return {
            bytes: await made.content.bytes(),
            type: made.extension === 'png' ? 'png' : 'jpeg',
            width: source.width * scale,
            height: source.height * scale,
          } satisfies Picture;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof AppError && error.code !== 'SERVICE_UNAVAILABLE') return undefined;
          throw error;
        }
      }),
    ),
  );
}

function tooMany(en: string, zh: string): AppError {
  return new AppError('PARAMS_INVALID', { detail: { en, zh } });
}
