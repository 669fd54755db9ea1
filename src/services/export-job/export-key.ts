import { isUuid } from '../../lib/uuid.ts';

const PREFIX = 'exports/';
const SPOOL_PREFIX = 'export-job-';

/** Key of a finished export in the object store. Releases that know no exports leave such keys alone. */
export function exportKeyOf(fileId: string): string {
  return PREFIX + fileId;
}

/** Whether it is a key that `exportKeyOf` makes. */
export function isExportKey(key: string): boolean {
  return key.startsWith(PREFIX) && isUuid(key.slice(PREFIX.length));
}

/** Name in the spool of an export that is being made. */
export function exportSpoolName(fileId: string): string {
  return SPOOL_PREFIX + fileId;
}

/** The key at which the file of this name in the spool may be kept; undefined for what is no export. */
export function exportKeyOfSpoolName(name: string): string | undefined {
  const fileId = name.startsWith(SPOOL_PREFIX) ? name.slice(SPOOL_PREFIX.length) : '';
  return isUuid(fileId) ? exportKeyOf(fileId) : undefined;
}
