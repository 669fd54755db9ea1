import { sql } from 'drizzle-orm';
import type { Ctx } from '../context.ts';
import type { ProgressCounts } from './job-progress.ts';
import type { ExportJobRecord } from './record.ts';

/** Writes the report that a job asks for. */
export async function writeJobReport(
  ctx: Ctx,
  _job: ExportJobRecord,
  counts: ProgressCounts,
  write: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  const [row] = await ctx.db.execute<{ n: string }>(sql`select count(*) as n from materials`);
  counts.rowsTotal = Number(row?.n ?? 0);
  const encoder = new TextEncoder();
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    ctx.signal.throwIfAborted();
    const rows = await ctx.db.execute<{ id: string; origin_filename: string }>(
      sql`select id, origin_filename from materials where id > ${after}::uuid order by id limit 200`,
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    const chunk = encoder.encode(rows.map((r) => `${r.id},${r.origin_filename}\r\n`).join(''));
    counts.rowsDone += rows.length;
    counts.bytes += chunk.byteLength;
    await write(chunk);
  }
}
