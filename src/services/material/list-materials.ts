import { and, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import { blobs, materials } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Actor, Ctx } from '../context.ts';
import { cutPage, DEFAULT_PAGE, MAX_PAGE, type Page, type PageInput, parseWindow } from '../page.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { isEmptyFilter, type MaterialFilter, materialCondition } from './filter.ts';
import { MATERIAL_ORDERS, type MaterialOrder } from './order.ts';
import {
  fromJson,
  type MaterialJson,
  type MaterialRecord,
  materialBlob,
  materialJsonColumns,
} from './record.ts';

/** Rows that are asked for: few values, since each is a statement of its own that PostgreSQL plans only once. */
const FETCH_SIZES = [DEFAULT_PAGE + 1, MAX_PAGE + 1];

export interface MaterialListInput extends PageInput {
  readonly mallId?: number | null | undefined;
  readonly filter?: MaterialFilter | null | undefined;
  readonly orderBy: MaterialOrder;
  readonly descending: boolean;
}

export type MaterialPage = Page<MaterialRecord>;

/**
 * A page of the materials that the actor may see. Its cost does not depend on how far in the list it is: a cursor
 * holds the sort value and id of its row.
 * @throws AppError LOGIN_REQUIRED, PARAMS_INVALID (page size, cursor)
 */
export async function listMaterials(ctx: Ctx, input: MaterialListInput): Promise<MaterialPage> {
  const actor = requireActor(ctx);
  const window = parseWindow(input);
  const cursor = window.cursor === undefined ? undefined : decodeCursor(window.cursor, input.orderBy);
  const filter = input.filter ?? {};
  // A page back is a page forth in the other direction.
  const descending = input.descending !== window.backward;
  const shape: Shape = { orderBy: input.orderBy, descending, fromCursor: cursor !== undefined };

  const at = cursor && {
    value: MATERIAL_ORDERS[input.orderBy].toParameter(cursor.value),
    id: cursor.id,
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

  return {
    ...cutPage(found, window),
    cursorOf: (row) =>
      encodeCursor({ order: input.orderBy, value: MATERIAL_ORDERS[input.orderBy].valueOf(row), id: row.id }),
    count: () => ctx.db.$count(materials, condition()),
  };
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
