import type { MaterialFilter, MaterialOrder } from '../../../generated/graphql.ts';
import type { LibraryMaterial } from './library-material.ts';

interface Bounds<T> {
  readonly min?: T | null | undefined;
  readonly max?: T | null | undefined;
}

/** Whether a filter lets a material through, as the server decides it. */
export function isAdmitted(material: LibraryMaterial, filter: MaterialFilter): boolean {
  const { name, kind, folder, tag, uploadedBy, trashed, size, width, height, createdAt } = filter;
  return (
    Boolean(trashed) === (material.deletedAt !== null) &&
    (name == null || material.originFilename.toLowerCase().includes(name.toLowerCase())) &&
    (kind == null || material.kind === kind) &&
    (folder == null || material.folder === folder) &&
    (tag == null || material.tags.includes(tag)) &&
    (uploadedBy == null || material.uploadedBy?.id === uploadedBy) &&
    isWithin(material.size, size) &&
    isWithin(material.width, width) &&
    isWithin(material.height, height) &&
    isWithin(material.createdAt, createdAt)
  );
}

/** Negative: `a` comes first. */
export function compareBy(order: MaterialOrder): (a: LibraryMaterial, b: LibraryMaterial) => number {
  const sign = order.endsWith('_DESC') ? -1 : 1;
  const compare = {
    CREATED_AT: (a: LibraryMaterial, b: LibraryMaterial) => compareValues(a.createdAt, b.createdAt),
    NAME: (a: LibraryMaterial, b: LibraryMaterial) => compareCodePoints(a.originFilename, b.originFilename),
    SIZE: (a: LibraryMaterial, b: LibraryMaterial) => compareValues(a.size, b.size),
  }[order.replace(/_(ASC|DESC)$/, '') as 'CREATED_AT' | 'NAME' | 'SIZE'];
  return (a, b) => sign * (compare(a, b) || compareValues(a.id, b.id));
}

function isWithin<T extends string | number>(value: T | null, range: Bounds<T> | null | undefined): boolean {
  const { min, max } = range ?? {};
  if (min == null && max == null) return true;
  return value !== null && (min == null || value >= min) && (max == null || value <= max);
}

function compareValues<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** As the database sorts names, which JavaScript's own order of UTF-16 units is not. */
function compareCodePoints(a: string, b: string): number {
  const [one, other] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = compareValues(one[i]?.codePointAt(0) ?? 0, other[i]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
