/**
 * What a list leaves in the history entry of a material that it opens, so that the material's page knows the way back
 * and its neighbours: `<Link href={materialPath(mall.id, id)} state={visit}>`.
 */
export interface MaterialVisit {
  /** The page before this one in the history is the list, with its filters. */
  readonly fromList: true;
  /** Ids in the order of the list, as far as it is loaded. */
  readonly ids: readonly string[];
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
