import { randomUUIDv7 } from 'bun';
import { GrowingFile } from '../../adapters/storage/growing-file.ts';
import type { SpoolFile } from '../../adapters/storage/spool.ts';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';
import { toStorageError } from '../material/ingest/storage-error.ts';
import type { ExportPlace } from './export-places.ts';
import { type ReportFilename, reportFilename } from './filename.ts';
import type { ReportRequest } from './parse-request.ts';
import { requireReport } from './require-report.ts';
import { writeReport } from './write-report.ts';

/** Proxies and clients give up on an answer after a minute. */
const FIRST_BYTES_MS = 50_000;
/** Small reports are whole by then: their length is known, and what makes them fail can still be told. */
const WHOLE_MS = 50;

/** A report on its way: written into the spool as fast as it goes, read as fast as its reader likes. */
export interface OpenedReport {
  readonly filename: ReportFilename;
  /** Bytes, where all are there already. */
  readonly size: number | undefined;
  /** Whether `read` from here gives something at once. */
  has(position: number): boolean;
  /**
   * @returns at most so many bytes; undefined at the end, which is reached only when the report is whole.
   * @throws what made it fail
   */
  read(position: number, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Stops what is still going on, a `read` too, and removes the file. It must be called. */
  close(): Promise<void>;
}

/**
 * Makes a report; when it resolves the first bytes are there.
 * @throws AppError of `requireReport`, and PARAMS_INVALID, STORAGE_FULL, SERVICE_UNAVAILABLE (too many at once, or
 * nothing of it was there in time); what else makes it fail before its first bytes.
 */
export async function openReport(ctx: Ctx, request: ReportRequest): Promise<OpenedReport> {
  const { report, viewer } = await requireReport(ctx, request);
  const place = ctx.exportPlaces.enter(viewer.userId);
  const stop = new AbortController();
  const leave = () => stop.abort(ctx.signal.reason);
  ctx.signal.addEventListener('abort', leave);
  if (ctx.signal.aborted) leave();
  let file: GrowingFile | undefined;
  let making: Promise<void> = Promise.resolve();
  let reading: Promise<unknown> = Promise.resolve();
  const close = async () => {
    ctx.signal.removeEventListener('abort', leave);
    stop.abort();
    file?.fail(new Error('the report is not wanted any more'));
    await Promise.allSettled([making, reading]);
    try {
      await file?.remove();
    } finally {
      place.leave();
    }
  };
  const late = setTimeout(() => {
    file?.fail(new AppError('SERVICE_UNAVAILABLE', { retryAfter: 60 }));
    stop.abort();
  }, FIRST_BYTES_MS);
  try {
    const growing = new GrowingFile(await createFile(ctx));
    file = growing;
    const begun = Promise.withResolvers<void>();
    making = make({ ...ctx, signal: stop.signal }, request, growing, place, begun.resolve);
    await Promise.race([begun.promise, making]);
    await Promise.race([making, Bun.sleep(WHOLE_MS)]);
    await growing.wait(0);
    return {
      filename: reportFilename(report, request),
      size: growing.size,
      has: (position) => growing.has(position),
      read(position, maxBytes) {
        const read = growing.read(position, maxBytes);
        reading = read;
        return read;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

async function createFile({ spool }: Ctx): Promise<SpoolFile> {
  try {
    return await spool.create(`export-${randomUUIDv7()}`);
  } catch (error) {
    throw toStorageError(error);
  }
}

async function make(
  ctx: Ctx,
  request: ReportRequest,
  file: GrowingFile,
  place: ExportPlace,
  onRows: () => void,
): Promise<void> {
  try {
    await place.run(async () => {
      await writeReport(ctx, request, (chunk) => file.append(chunk), {
        // Before the first rows there are only headers, which tell nothing of whether the database answers.
        onProgress: ({ rows }) => {
          if (rows > 0) onRows();
        },
        withTotal: false,
      });
      await file.finish();
    }, ctx.signal);
  } catch (error) {
    file.fail(error instanceof AppError ? error : toStorageError(error));
  }
}
