import type { Page } from '../../services/page.ts';

/** A page in the shape of a connection type; cursors are made when they are asked for. */
export function toConnection<T>(page: Page<T>) {
  const edges = page.rows.map((node) => ({
    node,
    get cursor() {
      return page.cursorOf(node);
    },
  }));
  return {
    page,
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}
