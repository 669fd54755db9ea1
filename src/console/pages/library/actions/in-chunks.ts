/** What the server takes at once. */
const MAX_IDS = 100;

export interface Outcome {
  readonly id: string;
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * Sends ids in as many requests as they need, one after the other, until one fails.
 * @returns the outcomes of those that were answered, in the order of the ids, and what went wrong after them.
 */
export async function inChunks<T extends Outcome>(
  ids: readonly string[],
  send: (chunk: string[]) => Promise<readonly T[]>,
): Promise<{ readonly outcomes: readonly T[]; readonly error?: unknown }> {
  const outcomes: T[] = [];
  try {
    for (let i = 0; i < ids.length; i += MAX_IDS) outcomes.push(...(await send(ids.slice(i, i + MAX_IDS))));
    return { outcomes };
  } catch (error) {
    return { outcomes, error };
  }
}
