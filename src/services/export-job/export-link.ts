import { AppError } from '../../errors.ts';
import { signQuery } from '../../lib/signed-query.ts';
import type { Ctx } from '../context.ts';
import type { Link } from '../link/create-download-link.ts';
import { getExportJob } from './get-export-job.ts';
import { stateOf } from './record.ts';

const DEFAULT_SECONDS = 3600;

/** What the signature of a link to a finished export is about. */
export function exportSubject(id: string): string {
  return `export:${id}`;
}

/** Where the file is for whoever may see the job. */
export function exportUrl({ urls }: Pick<Ctx, 'urls'>, id: string): string {
  return `${urls.public}/exports/jobs/${id}`;
}

/**
 * An address at which anybody gets the file of a finished export, until the link expires, the file is removed or
 * whoever asked for it is disabled.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, NOT_FOUND, PARAMS_INVALID (time)
 */
export async function createExportJobLink(
  ctx: Ctx,
  id: string,
  expiresInSeconds: number = DEFAULT_SECONDS,
): Promise<Link> {
  const job = await getExportJob(ctx, id);
  if (!job || stateOf(job) !== 'DONE') throw new AppError('NOT_FOUND');
  if (expiresInSeconds < 1) {
    throw new AppError('PARAMS_INVALID', {
      detail: { en: 'A link lives for at least a second.', zh: '链接有效期至少 1 秒' },
    });
  }
  const wanted = Math.floor(Date.now() / 1000 + expiresInSeconds) * 1000;
  const expiresAt = new Date(Math.min(wanted, job.expiresAt.getTime()));
  const query = signQuery(ctx.linkSecrets, exportSubject(job.id), {}, expiresAt);
  return { url: `${exportUrl(ctx, job.id)}?${query}`, expiresAt };
}
