import { type ErrorCode, errorCatalogue } from '../../../errors.ts';
import { cancelExport } from '../../../services/export-job/cancel-export.ts';
import { createExportJobLink, exportUrl } from '../../../services/export-job/export-link.ts';
import { getExportJob } from '../../../services/export-job/get-export-job.ts';
import { listExportJobs } from '../../../services/export-job/list-export-jobs.ts';
import { type ExportJobRecord, percentOf, stateOf } from '../../../services/export-job/record.ts';
import { startExport } from '../../../services/export-job/start-export.ts';
import { mustSeeJob, watchExport } from '../../../services/export-job/watch-export.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connection.ts';
import { whileSessionLives } from '../subscriptions/while-session-lives.ts';
import { DownloadLink } from './download-link.ts';
import { ExportFormat, exportArguments, reportArguments, toReportInput } from './report-arguments.ts';
import { User } from './user.ts';

const ExportState = builder.enumType('ExportState', {
  description: 'How far a background export is.',
  values: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'It is being made.' },
    DONE: { description: 'Its file can be fetched, until `expiresAt`.' },
    FAILED: { description: '`error` tells why.' },
    CANCELLED: { description: 'Somebody has ended it.' },
    EXPIRED: { description: 'Its file is gone.' },
  } as const,
});

interface Failure {
  readonly code: string;
}

const ExportError = builder.objectRef<Failure>('ExportError').implement({
  description: 'Why an export failed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'As of other errors.' }),
    message: t.string({
      description: 'In the language of the request.',
      resolve: ({ code }, _args, { language }) =>
        (errorCatalogue[code as ErrorCode] ?? errorCatalogue.INTERNAL_ERROR)[language],
    }),
  }),
});

const ExportJob = builder.objectRef<ExportJobRecord>('ExportJob').implement({
  description: 'A report that is made in the background.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    report: t.exposeString('report', { description: 'Its name, as in `reports`.' }),
    format: t.expose('format', { type: ExportFormat, description: 'What the file is.' }),
    mallId: t.int({
      nullable: true,
      description: 'The one mall that it is of; null: all that the user may see.',
      resolve: ({ parameters }) => (typeof parameters.mallId === 'number' ? parameters.mallId : null),
    }),
    startTime: t.string({
      nullable: true,
      description: 'Of its period, as it was asked for.',
      resolve: ({ parameters }) => textOrNull(parameters.startTime),
    }),
    endTime: t.string({
      nullable: true,
      description: 'The same.',
      resolve: ({ parameters }) => textOrNull(parameters.endTime),
    }),
    state: t.field({ type: ExportState, description: 'How far it is.', resolve: stateOf }),
    rowsDone: t.exposeInt('rowsDone', { description: 'Rows written so far.' }),
    rowsTotal: t.exposeInt('rowsTotal', { nullable: true, description: 'Null before they were counted.' }),
    percent: t.int({
      nullable: true,
      description: '0 to 100; null before that is known.',
      resolve: percentOf,
    }),
    bytes: t.expose('bytes', { type: 'ByteCount', description: 'Of the file so far.' }),
    filename: t.exposeString('filename', { description: 'Under which it is saved.' }),
    error: t.field({
      type: ExportError,
      nullable: true,
      description: 'Of one that failed.',
      resolve: ({ errorCode }) => (errorCode === null ? null : { code: errorCode }),
    }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'Who has asked for it.',
      resolve: ({ userId }, _args, { loaders }) => loaders.users.load(userId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last begun.',
    }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the file is removed.' }),
    url: t.string({
      nullable: true,
      description:
        'Where the file is for whoever is logged in and may see the job; null until it is done. `createExportJobLink` gives one for others.',
      resolve: (job, _args, { ctx }) => (stateOf(job) === 'DONE' ? exportUrl(ctx, job.id) : null),
    }),
  }),
});

const jobId = { required: true, description: "The job's id." } as const;

builder.queryField('exportJob', (t) =>
  t.field({
    type: ExportJob,
    nullable: true,
    description:
      "One background export, or null when there is none that one may see: one's own, for administrators any.",
    args: { id: t.arg.id(jobId) },
    resolve: async (_root, { id }, { ctx }) => (await getExportJob(ctx, id)) ?? null,
  }),
);

builder.queryField('exportJobs', (t) =>
  t.connection(
    {
      type: ExportJob,
      description: "The user's background exports, the newest first, in pages of at most 100.",
      args: { all: t.arg.boolean({ description: 'Those of all users. For administrators.' }) },
      resolve: async (_root, args, { ctx }) => toConnection(await listExportJobs(ctx, args)),
    },
    {
      name: 'ExportJobConnection',
      description: 'A page of background exports (GraphQL Cursor Connections).',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'Of all pages; counted only when asked for.',
          resolve: ({ page }) => page.count(),
        }),
      }),
    },
    { name: 'ExportJobEdge', description: 'A background export and its place in the list.' },
  ),
);

builder.mutationField('startExport', (t) =>
  t.field({
    type: ExportJob,
    description:
      'Has a report made in the background, with the rights that the user has then. A user may have 5 at once that are not finished.',
    args: { ...reportArguments, ...exportArguments },
    resolve: (_root, args, context) => startExport(context.ctx, toReportInput(args, context)),
  }),
);

builder.mutationField('cancelExport', (t) =>
  t.field({
    type: ExportJob,
    description: 'Ends a background export that waits or runs; one that has finished stays as it is.',
    args: { id: t.arg.id(jobId) },
    resolve: (_root, { id }, { ctx }) => cancelExport(ctx, id),
  }),
);

builder.mutationField('createExportJobLink', (t) =>
  t.field({
    type: DownloadLink,
    description: 'Makes an address at which anybody gets the file of a finished export, until it expires.',
    args: {
      id: t.arg.id(jobId),
      expiresInSeconds: t.arg.int({ description: 'By default an hour; never longer than the file is kept.' }),
    },
    resolve: (_root, { id, expiresInSeconds }, { ctx }) =>
      createExportJobLink(ctx, id, expiresInSeconds ?? undefined),
  }),
);

builder.subscriptionField('exportProgress', (t) =>
  t.field({
    type: ExportJob,
    description:
      'A background export as it is now, and whenever it has changed, about once a second. It ends with the job.',
    args: { jobId: t.arg.id(jobId) },
    subscribe: (_root, args, context) =>
      whileSessionLives(
        context,
        (ctx) => watchExport(ctx, args.jobId),
        () => mustSeeJob(context.ctx, args.jobId),
      ),
    resolve: (job) => job,
  }),
);

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
