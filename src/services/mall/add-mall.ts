import { malls } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { type AuditSource, recordEvents } from '../audit/record-events.ts';
import type { Services } from '../context.ts';
import { parseName } from '../names.ts';
import { type MallRecord, mallColumns } from './record.ts';

/**
 * Makes a mall. Whether the caller may do so is not checked here.
 * @param quotaBytes null: as many as there is room for.
 * @throws AppError PARAMS_INVALID
 */
export async function addMall(
  services: Pick<Services, 'db'> & AuditSource,
  input: { readonly name: string; readonly quotaBytes: number | null },
): Promise<MallRecord> {
  const name = parseName(input.name);
  const { quotaBytes } = input;
  if (quotaBytes !== null && !(Number.isSafeInteger(quotaBytes) && quotaBytes >= 0)) {
    throw new AppError('PARAMS_INVALID', { detail: 'A quota is a whole number of bytes.' });
  }
  return await services.db.transaction(async (tx) => {
    const [mall] = await tx.insert(malls).values({ name, quotaBytes }).returning(mallColumns);
    if (!mall) throw new Error('a row was not returned');
    const { id } = mall;
    await recordEvents(tx, services, [
      { action: 'mall.created', mallId: id, subjectId: id, subjectName: name, data: { quotaBytes } },
    ]);
    return mall;
  });
}
