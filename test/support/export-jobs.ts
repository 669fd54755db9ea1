import postgres from 'postgres';
import type { Client } from './client.ts';
import { until } from './temporary.ts';

export interface ExportJob {
  readonly id: string;
  readonly report: string;
  readonly format: string;
  readonly state: string;
  readonly rowsDone: number;
  readonly rowsTotal: number | null;
  readonly percent: number | null;
  readonly bytes: number;
  readonly filename: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly expiresAt: string;
  readonly url: string | null;
}

export const JOB_FIELDS =
  'id report format state rowsDone rowsTotal percent bytes filename error { code message } createdAt startedAt finishedAt expiresAt url';

const START = /* GraphQL */ `
  mutation ($format: ExportFormat!, $mallId: Int) {
    startExport(
      report: "materials", format: $format, mallId: $mallId, startTime: "2020-01-01", endTime: "2040-12-31"
    ) { ${JOB_FIELDS} }
  }
`;

/** Has the report of all materials made in the background. */
export async function startExport(
  client: Client,
  { format = 'CSV', mallId = null }: { format?: 'XLSX' | 'CSV'; mallId?: number | null } = {},
): Promise<ExportJob> {
  const data = await client.data<{ startExport: ExportJob }>(START, { format, mallId });
  return data.startExport;
}

export async function exportJob(client: Client, id: string): Promise<ExportJob | null> {
  const query = `query ($id: ID!) { exportJob(id: $id) { ${JOB_FIELDS} } }`;
  return (await client.data<{ exportJob: ExportJob | null }>(query, { id })).exportJob;
}

export async function cancelExport(client: Client, id: string): Promise<ExportJob> {
  const mutation = `mutation ($id: ID!) { cancelExport(id: $id) { ${JOB_FIELDS} } }`;
  return (await client.data<{ cancelExport: ExportJob }>(mutation, { id })).cancelExport;
}

/** Waits until the job is in one of the states. */
export async function jobIn(
  client: Client,
  id: string,
  states: readonly string[],
  timeoutMs = 30_000,
): Promise<ExportJob> {
  return await until(
    `the export to be ${states.join(' or ')}`,
    async () => {
      const job = await exportJob(client, id);
      return job && states.includes(job.state) ? job : undefined;
    },
    timeoutMs,
  );
}

/** Holds up every report of materials until it is disposed: they cannot be read. */
export async function holdMaterials(url: string): Promise<AsyncDisposable> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe('begin; lock table materials in access exclusive mode');
  return { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) };
}

/** Adds so many materials to mall 1, which share the bytes of one. */
export async function addMaterials(url: string, count: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`
    insert into materials (id, mall_id, blob_id, kind, size, width, height, origin_filename, base_path, folder, source)
    select gen_random_uuid(), 1, blobs.id, blobs.kind, blobs.size, 1, 1, 'copy ' || n || '.png',
      '/mall/2026-01-01/' || gen_random_uuid() || '.png', '', 'UPLOAD'
    from (select * from blobs where mall_id = 1 limit 1) as blobs, generate_series(1, ${count}) as n`;
  await sql.end();
}
