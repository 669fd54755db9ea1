import type { MaterialFilter, MaterialKind, MaterialOrder } from '../../../generated/graphql.ts';

/** What of a library is shown and how, as the address of the page says it. */
export interface LibraryQuery {
  readonly name?: string | undefined;
  readonly kind?: MaterialKind | undefined;
  /** '' is the top; undefined: wherever they are. */
  readonly folder?: string | undefined;
  readonly tag?: string | undefined;
  /** First and last day in the user's time zone, as 2026-11-30. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Bytes. */
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  /** Pixels. */
  readonly minWidth?: number | undefined;
  readonly maxWidth?: number | undefined;
  readonly minHeight?: number | undefined;
  readonly maxHeight?: number | undefined;
  /** A user's number. */
  readonly by?: number | undefined;
  readonly sort: MaterialOrder;
  readonly view: 'grid' | 'list';
}

export type FilterName = Exclude<keyof LibraryQuery, 'sort' | 'view'>;

const DEFAULT_QUERY: LibraryQuery = { sort: 'CREATED_AT_DESC', view: 'grid' };

const KINDS: readonly MaterialKind[] = ['IMAGE', 'VIDEO', 'AUDIO'];
export const ORDERS: readonly MaterialOrder[] = [
  'CREATED_AT_DESC',
  'CREATED_AT_ASC',
  'NAME_ASC',
  'NAME_DESC',
  'SIZE_DESC',
  'SIZE_ASC',
];
const NUMBERS = ['minSize', 'maxSize', 'minWidth', 'maxWidth', 'minHeight', 'maxHeight', 'by'] as const;
const FILTERS: readonly FilterName[] = ['name', 'kind', 'folder', 'tag', 'from', 'to', ...NUMBERS];
/** Of GraphQL's Int, which counts pixels and users. */
const MAX_INT = 2_147_483_647;

/** @param search of the address; what makes no sense in it is left out. */
export function parseQuery(search: string): LibraryQuery {
  const given = new URLSearchParams(search);
  const numbers = NUMBERS.flatMap((name) => {
    const value = given.get(name);
    const isFit = value !== null && /^\d{1,15}$/.test(value);
    const isInRange = name.endsWith('Size') || Number(value) <= MAX_INT;
    return isFit && isInRange ? [[name, Number(value)] as const] : [];
  });
  const sort = ORDERS.find((order) => order === given.get('sort'));
  return {
    name: given.get('name') || undefined,
    kind: KINDS.find((kind) => kind === given.get('kind')),
    folder: given.get('folder') ?? undefined,
    tag: given.get('tag') || undefined,
    from: parseDay(given.get('from')),
    to: parseDay(given.get('to')),
    ...Object.fromEntries(numbers),
    sort: sort ?? DEFAULT_QUERY.sort,
    view: given.get('view') === 'list' ? 'list' : 'grid',
  };
}

/** @returns '' or what comes behind the path, from `?` on. */
export function formatQuery(query: LibraryQuery): string {
  const given = new URLSearchParams();
  for (const name of FILTERS) {
    const value = query[name];
    if (value !== undefined) given.set(name, String(value));
  }
  if (query.sort !== DEFAULT_QUERY.sort) given.set('sort', query.sort);
  if (query.view !== DEFAULT_QUERY.view) given.set('view', query.view);
  const text = given.toString();
  return text && `?${text}`;
}

/** Which filters narrow the list. */
export function activeFilters(query: LibraryQuery): FilterName[] {
  return FILTERS.filter((name) => query[name] !== undefined);
}

export function withoutFilters({ sort, view }: LibraryQuery): LibraryQuery {
  return { sort, view };
}

/** As the API takes it. */
export function toFilter(query: LibraryQuery, trashed: boolean): MaterialFilter {
  const { name, kind, folder, tag, from, to, by } = query;
  return {
    ...(name !== undefined && { name }),
    ...(kind !== undefined && { kind }),
    ...(folder !== undefined && { folder }),
    ...(tag !== undefined && { tag }),
    ...range('size', query.minSize, query.maxSize),
    ...range('width', query.minWidth, query.maxWidth),
    ...range('height', query.minHeight, query.maxHeight),
    ...range('createdAt', from && startOf(from), to && endOf(to)),
    ...(by !== undefined && { uploadedBy: by }),
    ...(trashed && { trashed }),
  };
}

function range<T>(name: string, min: T | undefined, max: T | undefined) {
  if (min === undefined && max === undefined) return {};
  return { [name]: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) } };
}

function parseDay(text: string | null): string | undefined {
  const isDay = text !== null && /^\d{4}-\d\d-\d\d$/.test(text);
  return isDay && !Number.isNaN(new Date(`${text}T00:00`).getTime()) ? text : undefined;
}

function startOf(day: string): string {
  return new Date(`${day}T00:00:00.000`).toISOString();
}

function endOf(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString();
}
