import { and, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { memberships } from '../../adapters/db/schema.ts';
import { inVisibleMalls } from '../access.ts';
import type { ReportQuery } from './report.ts';

/** Rows of the mall that is asked for, or of all that the viewer may see, and of the period. */
export function inScope(query: ReportQuery, mallId: PgColumn, at: PgColumn): SQL | undefined {
  const { db, viewer, from, until } = query;
  return and(
    query.mallId === null ? undefined : eq(mallId, query.mallId),
    inVisibleMalls(db, viewer, mallId),
    gte(at, from),
    lt(at, until),
  );
}

/** Narrows rows further, to those of malls that the viewer owns. */
export function inOwnedMalls({ db, viewer }: ReportQuery, mallId: PgColumn): SQL | undefined {
  if (viewer.role === 'ADMIN') return undefined;
  const owned = db
    .select({ id: memberships.mallId })
    .from(memberships)
    .where(and(eq(memberships.userId, viewer.userId), eq(memberships.role, 'OWNER')));
  return inArray(mallId, owned);
}

/** `column = value`, where the filter is given. */
export function equals({ filters }: ReportQuery, column: PgColumn, filter: string): SQL | undefined {
  return filters[filter] === undefined ? undefined : eq(column, filters[filter]);
}

/** A path as it stands in URLs, as `encodePath` makes it. */
export function encodedPath(path: PgColumn): SQL {
  const bytes = sql`convert_to(${path}, 'UTF8')`;
  return sql`case when ${path} ~ '^[A-Za-z0-9_./-]*$' then ${path} else (
    select string_agg(case when chr(byte) ~ '[A-Za-z0-9_.!~*''()/-]' and byte < 128 then chr(byte)
      else '%' || lpad(upper(to_hex(byte)), 2, '0') end, '' order by at)
    from (select at, get_byte(${bytes}, at) as byte from generate_series(0, octet_length(${bytes}) - 1) as at) as bytes
  ) end`;
}
