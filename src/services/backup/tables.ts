import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import * as schema from '../../adapters/db/schema.ts';

export interface BackedUpTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** SQL condition on the rows that go with it. */
  readonly where?: string;
}

/** In an order in which each row comes after those that it points at, but for avatars. */
const BACKED_UP: readonly (readonly [PgTable, { readonly without?: string; readonly where?: string }?])[] = [
  [schema.settings],
  [schema.users],
  // A trigger on `blobs` counts again.
  [schema.malls, { without: 'used_bytes' }],
  [schema.memberships],
  [schema.apiTokens],
  [schema.blobs],
  [schema.materials],
  [schema.imageFetches, { where: "state <> 'RUNNING'" }],
  [schema.auditEvents],
  // Files of reports stay behind; reports that are made when they are asked for need none.
  [schema.downloadTickets, { where: 'job_id is null' }],
  [schema.webhooks],
  // The server that goes on tells these, and its copy would tell them again.
  [schema.webhookDeliveries, { where: "state <> 'PENDING'" }],
];

/** What is of one server only, or can be made again. */
const LEFT_OUT: readonly PgTable[] = [
  schema.mallUsage,
  schema.quotaReservations,
  schema.uploads,
  schema.taskRuns,
  schema.rateLimits,
  schema.sessions,
  schema.exportJobs,
];

export const backedUpTables: readonly BackedUpTable[] = BACKED_UP.map(([table, options = {}]) => ({
  name: getTableName(table),
  columns: Object.values(getTableColumns(table))
    .map(({ name }) => name)
    .filter((name) => name !== options.without),
  ...(options.where === undefined ? {} : { where: options.where }),
}));

export const leftOutTables: readonly string[] = LEFT_OUT.map((table) => getTableName(table));

/** All of this release. */
export const allTables: readonly string[] = Object.values(schema).flatMap((value) =>
  is(value, PgTable) ? [getTableName(value)] : [],
);

/** Names of this release in SQL; none has a character that must be doubled. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
