import { asc } from 'drizzle-orm';
import { malls } from '../../adapters/db/schema.ts';
import type { Services } from '../context.ts';
import { type MallRecord, mallColumns } from './record.ts';

/** Every mall, by id. Whether the caller may see them is not checked here. */
export async function listAllMalls(services: Pick<Services, 'db'>): Promise<MallRecord[]> {
  return await services.db.select(mallColumns).from(malls).orderBy(asc(malls.id));
}
