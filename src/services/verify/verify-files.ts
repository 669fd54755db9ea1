import { and, asc, eq, gt, isNotNull } from 'drizzle-orm';
import { blobs, exportJobs } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';

/** What is wrong with a stored file. */
type Fault = 'missing' | 'wrong-size' | 'changed';

interface FaultyFile {
  readonly storageKey: string;
  readonly fault: Fault;
}

export interface VerifyReport {
  readonly files: number;
  /** That were read. */
  readonly bytes: number;
  readonly faults: readonly FaultyFile[];
}

interface StoredBlob {
  readonly id: string;
  readonly storageKey: string;
  readonly size: number;
  readonly sha256: string;
}

const PAGE = 500;

/**
 * Reads every stored file and compares its SHA-256 with the one that was acknowledged: a flipped byte shows. Of finished
 * exports only the size is known. Nothing is changed; it runs beside a server, and what is purged meanwhile is no fault.
 */
export async function verifyFiles(services: Pick<Services, 'db' | 'store'>): Promise<VerifyReport> {
  const faults: FaultyFile[] = [];
  let files = 0;
  let bytes = 0;
  for await (const blob of allBlobs(services)) {
    files++;
    const fault = await check(services, blob);
    if (fault === undefined) bytes += blob.size;
    else if (await stillThere(services, blob)) faults.push({ storageKey: blob.storageKey, fault });
  }
  for await (const { storageKey, size } of allExports(services)) {
    files++;
    const stored = await services.store.size(storageKey);
    if (stored === size || !(await exportStillThere(services, storageKey))) continue;
    faults.push({ storageKey, fault: stored === undefined ? 'missing' : 'wrong-size' });
  }
  return { files, bytes, faults };
}

async function check({ store }: Pick<Services, 'store'>, blob: StoredBlob): Promise<Fault | undefined> {
  const stored = await store.size(blob.storageKey);
  if (stored === undefined) return 'missing';
  if (stored !== blob.size) return 'wrong-size';
  const hash = new Bun.CryptoHasher('sha256');
  for await (const chunk of store.read(blob.storageKey, 0, blob.size).stream()) hash.update(chunk);
  return hash.digest('hex') === blob.sha256 ? undefined : 'changed';
}

async function stillThere({ db }: Pick<Services, 'db'>, { id }: StoredBlob): Promise<boolean> {
  const rows = await db.select({ id: blobs.id }).from(blobs).where(eq(blobs.id, id));
  return rows.length > 0;
}

async function* allBlobs({ db }: Pick<Services, 'db'>): AsyncGenerator<StoredBlob, void, void> {
  for (let after: string | undefined; ; ) {
    const page = await db
      .select({ id: blobs.id, storageKey: blobs.storageKey, size: blobs.size, sha256: blobs.sha256 })
      .from(blobs)
      .where(and(after === undefined ? undefined : gt(blobs.id, after)))
      .orderBy(asc(blobs.id))
      .limit(PAGE);
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

async function* allExports({
  db,
}: Pick<Services, 'db'>): AsyncGenerator<{ storageKey: string; size: number }, void, void> {
  for (let after: string | undefined; ; ) {
    const page = await db
      .select({ id: exportJobs.id, storageKey: exportJobs.storageKey, size: exportJobs.bytes })
      .from(exportJobs)
      .where(
        and(isNotNull(exportJobs.storageKey), after === undefined ? undefined : gt(exportJobs.id, after)),
      )
      .orderBy(asc(exportJobs.id))
      .limit(PAGE);
    for (const { storageKey, size } of page) if (storageKey !== null) yield { storageKey, size };
    after = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

async function exportStillThere({ db }: Pick<Services, 'db'>, storageKey: string): Promise<boolean> {
  return (await db.$count(exportJobs, eq(exportJobs.storageKey, storageKey))) > 0;
}
