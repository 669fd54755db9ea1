import { AppError } from '../errors.ts';

export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 100;

/** Which page of a list (GraphQL Cursor Connections): `first` and `after`, or `last` and `before`. */
export interface PageInput {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Items beyond a cursor, or from the end of the list that the direction begins at. */
export interface PageWindow {
  readonly size: number;
  readonly backward: boolean;
  readonly cursor: string | undefined;
}

/** A page of rows, and what it needs to stand in a connection. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: T): string;
  /** Counts every row that the list has, on all its pages. */
  count(): Promise<number>;
}

/** @throws AppError PARAMS_INVALID */
export function parseWindow({ first, after, last, before }: PageInput): PageWindow {
  const backward = last != null || (before != null && first == null);
  if (backward ? first != null || after != null : before != null) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'Give first and after, or last and before.',
        zh: '请使用 first 和 after，或 last 和 before',
      },
    });
  }
  const size = (backward ? last : first) ?? DEFAULT_PAGE;
  if (size < 0 || size > MAX_PAGE) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: `A page has 0 to ${MAX_PAGE} items.`, zh: `每页 0 到 ${MAX_PAGE} 条` },
    });
  }
  return { size, backward, cursor: (backward ? before : after) ?? undefined };
}

/**
 * Cuts what was found, in the window's direction and with one row more than the page has where there are as many, down
 * to the page in the list's order.
 */
export function cutPage<T>(
  found: readonly T[],
  window: PageWindow,
): Pick<Page<T>, 'rows' | 'hasNextPage' | 'hasPreviousPage'> {
  const hasMore = found.length > window.size;
  const rows = found.slice(0, window.size);
  if (window.backward) rows.reverse();
  const hasBefore = window.cursor !== undefined;
  return {
    rows,
    hasNextPage: window.backward ? hasBefore : hasMore,
    hasPreviousPage: window.backward ? hasMore : hasBefore,
  };
}
