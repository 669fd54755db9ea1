import type postgres from 'postgres';

/** A row of the audit trail. */
export interface AuditRow {
  readonly id: string;
  readonly action: string;
  readonly actor: number | null;
  readonly mall: number | null;
  readonly subject: string | null;
  readonly name: string | null;
  readonly data: Record<string, unknown> | null;
  readonly address: string | null;
  readonly request: string | null;
  readonly token: string | null;
}

/** Every row, in the order in which they were made. */
export async function auditRows(sql: postgres.Sql): Promise<AuditRow[]> {
  return await sql<AuditRow[]>`
    select id, action, actor_id as actor, mall_id as mall, subject_id as subject, subject_name as name, data, address,
      request_id as request, token_id as token
    from audit_events order by at, id`;
}

/** The rows that are there after `task` and were not before it. */
export async function newAuditRows(sql: postgres.Sql, task: () => Promise<unknown>): Promise<AuditRow[]> {
  const before = new Set((await auditRows(sql)).map(({ id }) => id));
  await task();
  return (await auditRows(sql)).filter(({ id }) => !before.has(id));
}
