/** Of text that PostgreSQL has no characters for: JSON writes it as an escape. */
const LONE_SURROGATE = /\\ud[89a-f]/;

/**
 * Rows as one parameter, for `json_to_recordset`, where the query builder makes one for each cell: building such a
 * statement costs more than to run it (0.25 ms a material). Half of a surrogate pair, as in names of files, becomes U+FFFD.
 */
export function jsonRows(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  if (!LONE_SURROGATE.test(json)) return json;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
