import { sweep as runSweep, type SweepReport } from '../../services/sweep/sweep.ts';
import { formatBytes } from '../bytes.ts';
import { type AddCommand, CommandFailure, examples, JSON_OPTION, report } from '../command.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const sweep: AddCommand = (parent, cli) => {
  parent
    .command('sweep')
    .description(
      'remove what nothing needs any more, as a server does once a day, and look for missing files',
    )
    .option('--dry-run', 'only tell what would be removed')
    .option('--force', 'remove bytes even where most of the store has no rows')
    .option(...JSON_OPTION)
    .addHelpText('after', examples('sweep --dry-run'))
    .action(async ({ dryRun = false, force = false, json }: Options) => {
      const { services, ...days } = await cli.sweeping();
      const swept = await runSweep(services, { ...days, dryRun, force });
      if (!swept)
        throw new CommandFailure('another instance sweeps at this moment; try again when it is done');
      report(cli, json, swept, [...removals(swept, force), ...faults(swept)]);
      const faulty = swept.missingFiles.length + swept.wrongSizes.length;
      if (faulty > 0) throw new CommandFailure(`${count(faulty, 'file')} missing or of a wrong size`);
    });
};

function removals(swept: SweepReport, force: boolean): string[] {
  const { dryRun, expired, exports, needsForce } = swept;
  const verb = dryRun ? 'Would remove' : 'Removed';
  const unreferenced = dryRun ? swept.unreferencedFiles : swept.removedFiles;
  const removed: readonly (readonly [number, string])[] = [
    [swept.trashedMaterials, `${count(swept.trashedMaterials, 'material')} from the trash`],
    [
      swept.unusedBlobs,
      `${count(swept.unusedBlobs, 'file')} that no material shows, ${formatBytes(swept.unusedBlobBytes)}`,
    ],
    [exports.files, count(exports.files, 'expired export')],
    [exports.jobs, `${count(exports.jobs, 'entry', 'entries')} of old exports`],
    [swept.abandonedUploads, `${count(swept.abandonedUploads, 'upload')} that nobody goes on with`],
    [swept.spoolFiles, `${count(swept.spoolFiles, 'file')} from the spool`],
    [expired.sessions, count(expired.sessions, 'expired session')],
    [expired.apiTokens, count(expired.apiTokens, 'expired API token')],
    [expired.quotaReservations, count(expired.quotaReservations, 'expired quota reservation')],
    [expired.imageFetches, `${count(expired.imageFetches, 'old record')} of fetched pictures`],
    [expired.rateLimits, count(expired.rateLimits, 'expired rate limit')],
    [expired.auditEvents, count(expired.auditEvents, 'old event')],
    [expired.exportLinks, count(expired.exportLinks, 'expired export link')],
    [
      expired.webhookDeliveries,
      count(expired.webhookDeliveries, 'old webhook delivery', 'old webhook deliveries'),
    ],
  ];
  const lines = removed.flatMap(([number, what]) => (number > 0 ? [`${verb} ${what}`] : []));
  const { unreferencedFiles, unreferencedBytes } = swept;
  const without = `${count(unreferencedFiles, 'file')} without a row, ${formatBytes(unreferencedBytes)}`;
  if (needsForce && !force) {
    lines.push(
      `Left ${without}: most files have no row. Is this the right database for them? --force removes them`,
    );
  } else if (unreferenced > 0) {
    const part = unreferenced < unreferencedFiles ? `${unreferenced} of ` : '';
    lines.push(`${verb} ${part}${without}`);
  }
  if (swept.foreignFiles > 0) {
    lines.push(`Left ${count(swept.foreignFiles, 'file')} with names that Stockroom does not give`);
  }
  return [...lines, `Looked at ${count(swept.files, 'file')} with a row`];
}

function faults({ missingFiles, wrongSizes }: SweepReport): string[] {
  return [
    ...missingFiles.map(({ storageKey, size }) => `Missing: ${storageKey}, ${size} bytes`),
    ...wrongSizes.map(
      ({ storageKey, size, stored }) => `Wrong size: ${storageKey}, ${stored} bytes instead of ${size}`,
    ),
  ];
}

function count(number: number, what: string, many = `${what}s`): string {
  return `${number} ${number === 1 ? what : many}`;
}
