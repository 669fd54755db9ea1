import { malls } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import type { Services } from '../context.ts';
import { parseName } from '../names.ts';
import type { MallRecord } from './list-malls.ts';

/**
 * Makes a mall. Whether the caller may do so is not checked here.
 * @param quotaBytes null: as many as there is room for.
 * @throws AppError PARAMS_INVALID
 */
export async function addMall(
  services: Pick<Services, 'db'>,
  input: { readonly name: string; readonly quotaBytes: number | null },
): Promise<MallRecord> {
  const name = parseName(input.name);
  const { quotaBytes } = input;
  if (quotaBytes !== null && !(Number.isSafeInteger(quotaBytes) && quotaBytes >= 0)) {
    throw new AppError('PARAMS_INVALID', { detail: 'A quota is a whole number of bytes.' });
  }
  const [mall] = await services.db.insert(malls).values({ name, quotaBytes }).returning();
  if (!mall) throw new Error('a row was not returned');
  return mall;
}
