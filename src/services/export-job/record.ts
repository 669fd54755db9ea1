import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type ExportState, exportJobs } from '../../adapters/db/schema.ts';
import { isAdmin } from '../access.ts';
import type { Actor, Services } from '../context.ts';

/** Queue of the reports that are made in the background. */
export const EXPORTS = 'exports';

export type ExportJobRecord = typeof exportJobs.$inferSelect;

/** Jobs that a user may have waiting and running at once. */
export const MAX_UNFINISHED = 5;

/** The jobs that the actor may see: their own, for administrators all; with a token for one mall only that token's. */
export function visibleJobs(actor: Actor): SQL | undefined {
  if (isAdmin(actor)) return undefined;
  const isOwn = eq(exportJobs.userId, actor.userId);
  if (actor.token?.mallId == null) return isOwn;
  return and(isOwn, sql`${exportJobs.parameters}->>'tokenId' = ${actor.token.id}`);
}

/** A file that is too old is not given any more, even where it was not removed yet. */
export function stateOf({ state, expiresAt }: ExportJobRecord): ExportState {
  return state === 'DONE' && expiresAt <= new Date() ? 'EXPIRED' : state;
}

export function isFinished(state: ExportState): boolean {
  return state !== 'QUEUED' && state !== 'RUNNING';
}

/** Topic of what happens to a job; whoever hears of it asks for its row. */
export function exportTopic(id: string): string {
  return `export:${id}`;
}

/** Tells every instance that a job has changed. Nobody waits for it. */
export function announceExport(services: Pick<Services, 'events' | 'log'>, id: string): void {
  services.events.publish(exportTopic(id), null).catch((error: unknown) => {
    services.log.debug({ err: error, id }, 'the progress of an export was not told');
  });
}

/** 0 to 100; null while the number of rows is not known. */
export function percentOf({ state, rowsDone, rowsTotal }: ExportJobRecord): number | null {
  if (state === 'DONE' || state === 'EXPIRED') return 100;
  if (rowsTotal === null) return null;
  // The rows were counted before: there may be more by now.
  return rowsTotal === 0 ? 0 : Math.min(99, Math.floor((rowsDone / rowsTotal) * 100));
}
