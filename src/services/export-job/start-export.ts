import type { ExportFormat } from '../../adapters/db/schema.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';
import { queueExport } from './queue-export.ts';
import type { ExportJobRecord } from './record.ts';

export async function startExport(
  ctx: Ctx,
  input: { readonly report: string; readonly format: ExportFormat },
): Promise<ExportJobRecord> {
  requireActor(ctx);
  return await queueExport(ctx, { ...input, parameters: {} });
}
