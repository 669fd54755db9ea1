/**
 * What a list leaves in the history entry of a material that it opens, so that the material's page knows the way back
 * and its neighbours: `navigate(materialPath(mall.id, id), { state: visitFrom(list, id) })`.
 */
export interface MaterialVisit {
  /** The page before this one in the history is the list, with its filters. */
  readonly fromList: true;
  /** Ids around that of the material, in the order of the list. */
  readonly ids: readonly string[];
}

/** More than anybody steps through; each entry of the history keeps them. */
const MAX_NEIGHBOURS = 250;

/** What a list of materials leaves when it opens one of them. */
export function visitFrom(list: readonly { readonly id: string }[], opened: string): MaterialVisit {
  const place = list.findIndex(({ id }) => id === opened);
  const near = list.slice(Math.max(0, place - MAX_NEIGHBOURS), place + MAX_NEIGHBOURS);
  return { fromList: true, ids: near.map(({ id }) => id) };
}

export function materialPath(mallId: number, id: string): string {
  return `/library/${mallId}/materials/${id}`;
}

/** Reads the state of a history entry, which may be anything. */
export function materialVisit(state: unknown): MaterialVisit | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const { fromList, ids } = state as Partial<Record<keyof MaterialVisit, unknown>>;
  return fromList === true && Array.isArray(ids) ? { fromList, ids: ids.map(String) } : undefined;
}
