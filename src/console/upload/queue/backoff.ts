const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before the next try, ms: twice as long each time, never all pages at the same moment.
 * @param attempt 1 after the first failure.
 * @param retryAfterMs what the server asks for; it is never asked earlier.
 */
export function pauseBefore(attempt: number, retryAfterMs = 0, random: () => number = Math.random): number {
  const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return Math.max(longest * (0.5 + random() / 2), retryAfterMs);
}
