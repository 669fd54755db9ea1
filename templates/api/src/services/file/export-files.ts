import { asc, gt } from 'drizzle-orm';
import { files } from '../../adapters/db/schema.ts';
import { type Column, writeWorkbook } from '../../adapters/spreadsheet/write-workbook.ts';
import { type Ctx, requireActor } from '../context.ts';
import { type FileRecord, selectFiles } from './record.ts';

const PAGE = 1000;

const COLUMNS: readonly Column<FileRecord>[] = [
  { header: 'Id', width: 38, value: ({ id }) => id },
  { header: 'Name', width: 40, value: ({ filename }) => filename },
  { header: 'Bytes', width: 12, value: ({ size }) => size },
  { header: 'Uploaded by', width: 20, value: ({ uploader }) => uploader },
  { header: 'Uploaded at', width: 20, value: ({ createdAt }) => createdAt },
];

/** A workbook of all files. @throws AppError LOGIN_REQUIRED, before the first byte. */
export function exportFiles(ctx: Ctx): AsyncGenerator<Uint8Array> {
  requireActor(ctx);
  return writeWorkbook('Files', COLUMNS, rows(ctx));
}

function* rows({ db }: Ctx): Generator<FileRecord> {
  let last = '';
  for (;;) {
    const page = selectFiles(db).where(gt(files.id, last)).orderBy(asc(files.id)).limit(PAGE).all();
    yield* page;
    if (page.length < PAGE) return;
    last = page.at(-1)?.id ?? last;
  }
}
