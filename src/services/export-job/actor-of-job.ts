import { AppError } from '../../errors.ts';
import { loadActor } from '../account/load-actor.ts';
import type { Actor, Services } from '../context.ts';
import type { ExportJobRecord } from './record.ts';

/**
 * Whoever asked for the job, with the rights that they and their API token have now.
 * @throws AppError FORBIDDEN (the user is disabled, or the token has ended)
 */
export async function actorOfJob(
  services: Pick<Services, 'db'>,
  { userId, parameters }: Pick<ExportJobRecord, 'userId' | 'parameters'>,
): Promise<Actor> {
  const { tokenId } = parameters;
  const actor = await loadActor(services, userId, typeof tokenId === 'string' ? tokenId : null);
  if (!actor) throw new AppError('FORBIDDEN');
  return actor;
}
