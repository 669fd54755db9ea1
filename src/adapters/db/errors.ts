const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);

/** The SQLSTATE or network code of a failed query, whatever drizzle wrapped it in. */
export function databaseErrorCode(error: unknown): string | undefined {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if ('code' in current && typeof current.code === 'string') return current.code;
  }
  return undefined;
}

/** True when the database could not be asked, so that the same request may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code === undefined || !UNAVAILABLE.has(code)) return false;
  // An SQLSTATE comes from nowhere else, also where there was no query yet.
  return /^\d/.test(code) || isQueryError(error);
}

/** True for the violation of the named unique index or constraint (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if ('code' in current && current.code === '23505' && 'constraint_name' in current) {
      return current.constraint_name === constraint;
    }
  }
  return false;
}

/** True when a row points at one that is not there, or still is pointed at (SQLSTATE 23503). */
export function isForeignKeyViolation(error: unknown): boolean {
  return databaseErrorCode(error) === '23503';
}

// ENOENT and EPIPE come from files and clients as well; only those of a query are the database's.
function isQueryError(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    // Both drizzle and the driver note the query on an error of theirs.
    if ('query' in current) return true;
    if ('code' in current && String(current.code).startsWith('CONNECT')) return true;
    if ('syscall' in current && current.syscall === 'connect') return true;
  }
  return false;
}
