import { eq, getTableColumns } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { files, users } from '../../adapters/db/schema.ts';

export type FileRecord = typeof files.$inferSelect & { readonly uploader: string };

/** Files with the names of those who uploaded them. */
export function selectFiles(db: Database) {
  return db
    .select({ ...getTableColumns(files), uploader: users.username })
    .from(files)
    .innerJoin(users, eq(users.id, files.uploadedBy))
    .$dynamic();
}
