import type { Services } from '../context.ts';

/** `REFRESH`: changes before this may not have been told; what is shown should be asked for (again). */
export type MaterialAction = 'CREATED' | 'UPDATED' | 'REFRESH';

export interface MaterialChange {
  readonly action: MaterialAction;
  /** UUIDs. */
  readonly ids: readonly string[];
}

/** A message takes some 7,000 bytes, an id in JSON 39. */
const IDS_PER_MESSAGE = 150;

/** Topic of the changes in a mall: a `MaterialChange`. */
export function materialsTopic(mallId: number): string {
  return `materials:${mallId}`;
}

/** Tells every instance what was committed. Nobody waits for it, and site files have nobody who is told. */
export function announceMaterials(
  services: Pick<Services, 'events' | 'log'>,
  action: Exclude<MaterialAction, 'REFRESH'>,
  mallId: number | null,
  ids: readonly string[],
): void {
  if (mallId === null) return;
  for (let start = 0; start < ids.length; start += IDS_PER_MESSAGE) {
    const change: MaterialChange = { action, ids: ids.slice(start, start + IDS_PER_MESSAGE) };
    services.events.publish(materialsTopic(mallId), change).catch((error: unknown) => {
      services.log.warn({ err: error, mallId }, 'a change of materials was not told');
    });
  }
}
