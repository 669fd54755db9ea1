import { and, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { AppError } from '../../errors.ts';
import { requireActor } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { type Cursor, decodeCursor, encodeCursor } from './cursor.ts';
import { isEmptyFilter, type MaterialFilter, materialCondition } from './filter.ts';
import { MATERIAL_ORDERS, type MaterialOrder } from './order.ts';
import {
  fromJson,
  type MaterialJson,
  type MaterialRecord,
  materialBlob,
  materialJsonColumns,
} from './record.ts';

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;
/** Rows that are asked for: few values, since each is a statement of its own that PostgreSQL plans only once. */
const FETCH_SIZES = [DEFAULT_PAGE + 1, MAX_PAGE + 1];

export interface MaterialListInput {
  readonly mallId?: number | null | undefined;
  readonly filter?: MaterialFilter | null | undefined;
  readonly orderBy: MaterialOrder;
  readonly descending: boolean;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface MaterialPage {
  readonly rows: readonly MaterialRecord[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: MaterialRecord): string;
  /** Counts every row that the list has, on all its pages. */
  count(): Promise<number>;
}

/**
 * A page of the materials that the actor may see. Its cost does not depend on how far in the list it is: a cursor
 * holds the sort value and id of its row.
 * @throws AppError LOGIN_REQUIRED, PARAMS_INVALID (page size, cursor)
 */
export async function listMaterials(ctx: Ctx, input: MaterialListInput): Promise<MaterialPage> {
  const actor = requireActor(ctx);
  const window = parseWindow(input);
  const filter = input.filter ?? {};
  // A page back is a page forth in the other direction.
  const descending = input.descending !== window.backward;
  const shape: Shape = { orderBy: input.orderBy, descending, fromCursor: window.cursor !== undefined };

  const at = window.cursor && {
    value: MATERIAL_ORDERS[input.orderBy].toParameter(window.cursor.value),
    id: window.cursor.id,
  };
  // One more row than the page has tells whether there is another page.
  const limit = FETCH_SIZES.find((size) => size > window.size) ?? MAX_PAGE + 1;
  const condition = () => materialCondition(ctx.db, actor, input.mallId, filter);

  const [answer] =
    isEmptyFilter(filter) && actor.token?.mallId == null
      ? await prepared(ctx.db, actor, input.mallId, shape, limit).execute({
          mallId: input.mallId,
          userId: actor.userId,
          ...at,
        })
      : await pageQuery(ctx.db, condition(), shape, at, limit);
  const found = (answer?.rows ?? []).map(fromJson);

  const hasMore = found.length > window.size;
  const rows = hasMore ? found.slice(0, window.size) : found;
  if (window.backward) rows.reverse();
  return {
    rows,
    hasNextPage: window.backward ? window.cursor !== undefined : hasMore,
    hasPreviousPage: window.backward ? hasMore : window.cursor !== undefined,
    cursorOf: (row) =>
      encodeCursor({ order: input.orderBy, value: MATERIAL_ORDERS[input.orderBy].valueOf(row), id: row.id }),
    count: () => ctx.db.$count(materials, condition()),
  };
}

interface Window {
  readonly size: number;
  readonly backward: boolean;
  readonly cursor: Cursor | undefined;
}

function parseWindow(input: MaterialListInput): Window {
  const backward = input.last != null || (input.before != null && input.first == null);
  if (backward && (input.first != null || input.after != null)) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'Give first and after, or last and before.',
        zh: '请使用 first 和 after，或 last 和 before',
      },
    });
  }
  const size = (backward ? input.last : input.first) ?? DEFAULT_PAGE;
  if (size < 0 || size > MAX_PAGE) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: `A page has 0 to ${MAX_PAGE} items.`, zh: `每页 0 到 ${MAX_PAGE} 条` },
    });
  }
  const text = backward ? input.before : input.after;
  if (!backward && input.before != null) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: 'Give first and after, or last and before.',
        zh: '请使用 first 和 after，或 last 和 before',
      },
    });
  }
  return { size, backward, cursor: text == null ? undefined : decodeCursor(text, input.orderBy) };
}

interface Shape {
  readonly orderBy: MaterialOrder;
  readonly descending: boolean;
  readonly fromCursor: boolean;
}

/** One row with the whole page as JSON, which costs far less to read than 22 columns of 20 rows one by one. */
function pageQuery(
  db: Database,
  condition: SQL | undefined,
  shape: Shape,
  cursor: { value: unknown; id: unknown } | undefined,
  limit: number,
) {
  const order = MATERIAL_ORDERS[shape.orderBy];
  const direction = shape.descending ? sql`desc` : sql`asc`;
  const beyond =
    cursor &&
    sql`(${order.column}, ${materials.id}) ${shape.descending ? sql`<` : sql`>`} (${cursor.value}::${order.type}, ${cursor.id}::uuid)`;
  const page = db
    .select(materialJsonColumns)
    .from(materials)
    .innerJoin(blobs, materialBlob)
    .where(and(condition, beyond))
    .orderBy(sql`${order.column} ${direction}`, sql`${materials.id} ${direction}`)
    // As a literal: PostgreSQL keeps no plan for a limit that it does not know.
    .limit(sql.raw(String(limit)) as unknown as number)
    .as('page');
  return db.select({ rows: sql<MaterialJson[]>`coalesce(json_agg(page), '[]')` }).from(page);
}

// The plain list is the hottest query of all: built once for each of its few shapes, planned once by each connection.
const statements = new WeakMap<Database, Map<string, ReturnType<typeof prepare>>>();

function prepared(
  db: Database,
  actor: Actor,
  mallId: number | null | undefined,
  shape: Shape,
  limit: number,
) {
  let known = statements.get(db);
  if (!known) {
    known = new Map();
    statements.set(db, known);
  }
  const key = `${actor.role} ${mallId == null} ${shape.orderBy} ${shape.descending} ${shape.fromCursor} ${limit}`;
  let statement = known.get(key);
  if (!statement) {
    statement = prepare(db, actor, mallId, shape, limit);
    known.set(key, statement);
  }
  return statement;
}

function prepare(db: Database, actor: Actor, mallId: number | null | undefined, shape: Shape, limit: number) {
  const placeholder = <T>(name: string) => sql.placeholder(name) as unknown as T;
  const condition = materialCondition(
    db,
    { ...actor, userId: placeholder<number>('userId') },
    mallId == null ? null : placeholder<number>('mallId'),
    {},
  );
  const cursor = shape.fromCursor
    ? { value: sql.placeholder('value'), id: sql.placeholder('id') }
    : undefined;
  // True for everybody: postgres.js prepares no statement that has no parameter, so it would be planned each time.
  const withParameter = and(condition, sql`${sql.placeholder('userId')}::int is not null`);
  return pageQuery(db, withParameter, shape, cursor, limit).prepare('materials');
}
