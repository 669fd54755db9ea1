import { sql } from 'drizzle-orm';
import type { AuditSource } from '../audit/record-events.ts';
import type { Services } from '../context.ts';
import { emptyTrash } from './empty-trash.ts';
import { type ExpiredExports, expireExports } from './expire-exports.ts';
import { type ExpiredRows, removeExpiredRows } from './expired-rows.ts';
import { endLostFetches } from './lost-fetches.ts';
import { quietUntil } from './quiet-until.ts';
import { type StoreReport, sweepStore } from './store.ts';
import { sweepUnusedBlobs } from './unused-blobs.ts';

const SWEEP_LOCK = 7_305_004;

export type SweepServices = Pick<Services, 'db' | 'store' | 'events' | 'log'> &
  Pick<AuditSource, 'via'> & {
    /** Only for the process whose spool it is. */
    readonly spool?: Services['spool'];
  };

export interface SweepOptions {
  /** Counts, and changes nothing. */
  readonly dryRun?: boolean;
  /** Days after which the trash is emptied; 0: never. */
  readonly trashDays: number;
  /** Days after which events of the audit trail are removed; 0: never. */
  readonly auditDays: number;
  /** Removes bytes even where most of the store has no rows, as after a start on another database. */
  readonly force?: boolean;
  /** Ends the sweep early; what it has done is well done. */
  readonly signal?: AbortSignal;
}

/** What a sweep removed, or would; and what it cannot mend. */
export interface SweepReport extends StoreReport {
  readonly dryRun: boolean;
  /** Materials that were in the trash for too long. */
  readonly trashedMaterials: number;
  /** Blobs that no material shows, and their bytes. */
  readonly unusedBlobs: number;
  readonly unusedBlobBytes: number;
  /** Uploads of instances that ended without a word. */
  readonly abandonedUploads: number;
  /** Fetches of pictures from elsewhere, likewise. */
  readonly lostFetches: number;
  /** Files in the spool that nobody writes any more. */
  readonly spoolFiles: number;
  readonly expired: ExpiredRows;
  /** Reports that were made in the background and whose days are over. */
  readonly exports: ExpiredExports;
}

/**
 * Removes what nothing needs any more: old trash, blobs without materials, old exports, bytes without rows, what uploads
 * of killed instances left, what has expired. It runs beside uploads on any instance. Files that are missing, or of another size
 * than their rows say, are told and logged, and never touched.
 * @returns undefined while another instance sweeps.
 */
export async function sweep(
  services: SweepServices,
  options: SweepOptions,
): Promise<SweepReport | undefined> {
  // The lock is there to save work: two sweeps at once would do no harm.
  return await services.db.transaction(async (tx) => {
    const [row] = await tx.execute<{ locked: boolean }>(
      sql`select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as locked`,
    );
    return row?.locked ? await run(services, options) : undefined;
  });
}

async function run(services: SweepServices, options: SweepOptions): Promise<SweepReport> {
  const dryRun = options.dryRun ?? false;
  const trashedMaterials = await emptyTrash(services, options);
  const unused = await sweepUnusedBlobs(services, options);
  const exports = await expireExports(services, options);
  const { quiet, abandonedUploads } = await quietUntil(services.db, dryRun);
  const lostFetches = await endLostFetches(services.db, dryRun);
  const store = await sweepStore(services, quiet, options);
  const left = (await services.spool?.left(quiet)) ?? [];
  if (!dryRun) for (const name of left) await services.spool?.remove(name);
  const expired = await removeExpiredRows(services.db, options);
  const report = {
    dryRun,
    trashedMaterials,
    unusedBlobs: unused.blobs,
    unusedBlobBytes: unused.bytes,
    abandonedUploads,
    lostFetches,
    spoolFiles: left.length,
    expired,
    exports,
    ...store,
  };
  const { missingFiles, wrongSizes, ...counts } = report;
  services.log.info(
    { ...counts, missingFiles: missingFiles.length, wrongSizes: wrongSizes.length },
    dryRun ? 'looked for what can be swept' : 'swept',
  );
  return report;
}
