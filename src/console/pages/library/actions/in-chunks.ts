/** What the server takes at once. */
const MAX_IDS = 100;

export interface Outcome {
  readonly id: string;
  readonly code: string | null;
  readonly message: string | null;
}

/** Sends ids in as many requests as they need, one after the other. @returns all outcomes, in the order of the ids. */
export async function inChunks<T extends Outcome>(
  ids: readonly string[],
  send: (chunk: string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const outcomes: T[] = [];
  for (let i = 0; i < ids.length; i += MAX_IDS) outcomes.push(...(await send(ids.slice(i, i + MAX_IDS))));
  return outcomes;
}
