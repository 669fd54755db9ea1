import { parseHttpDate } from '../../lib/http-date.ts';

/** Between one try and the next. */
const RETRY_SECONDS = [5, 30, 120, 600, 3600, 21_600, 43_200, 86_400];
/** Of the delay, up or down, so that what failed together does not come back together. */
const JITTER = 0.2;
const MAX_RETRY_AFTER_MS = 86_400_000;

interface RetryOptions {
  /** What the receiver asks for, ms. */
  readonly retryAfterMs?: number;
  /** 0 up to 1. */
  readonly random?: () => number;
}

/** @returns ms until the next try after so many; undefined: it was the last. */
export function retryDelay(
  attempts: number,
  { retryAfterMs = 0, random = Math.random }: RetryOptions = {},
): number | undefined {
  const seconds = RETRY_SECONDS[attempts - 1];
  if (seconds === undefined) return undefined;
  const delay = seconds * 1000 * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.max(delay, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
}

/** `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date. @returns ms from now; 0 where it says nothing. */
export function parseRetryAfter(value: string | null, now: Date): number {
  if (value === null) return 0;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = parseHttpDate(value.trim());
  return date === undefined ? 0 : Math.max(0, date * 1000 - now.getTime());
}
