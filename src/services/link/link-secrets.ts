import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { settings } from '../../adapters/db/schema.ts';

const KEY = 'link-secret';
const SECRET_BYTES = 32;

/**
 * The secrets that sign links: those of the configuration, else one that the first instance made for all.
 * @param configured the first one signs, all verify.
 */
export async function linkSecrets(db: Database, configured: readonly string[]): Promise<readonly string[]> {
  if (configured.length > 0) return configured;
  const made = randomBytes(SECRET_BYTES).toString('base64url');
  await db.insert(settings).values({ key: KEY, value: made }).onConflictDoNothing();
  const [kept] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, KEY));
  if (!kept) throw new Error('the secret of links was not kept');
  return [kept.value];
}
