/** What is other than before, by the field's name; values as JSON has them. */
export type AuditChanges = Readonly<Record<string, AuditChange>>;

interface AuditChange {
  readonly before: unknown;
  readonly after: unknown;
}

/** Compares two states of a thing field by field. @returns undefined when nothing is other than before. */
export function changesOf<T extends Readonly<Record<string, unknown>>>(
  before: T,
  after: T,
): AuditChanges | undefined {
  const changed = Object.keys(after).filter((name) => !Bun.deepEquals(before[name], after[name]));
  if (changed.length === 0) return undefined;
  return Object.fromEntries(
    changed.map((name) => [name, { before: before[name] ?? null, after: after[name] ?? null }]),
  );
}
