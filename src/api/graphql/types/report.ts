import { countReport } from '../../../services/export/count-report.ts';
import { createExportLink } from '../../../services/export/create-export-link.ts';
import { listReports, type NamedReport } from '../../../services/export/list-reports.ts';
import { parseReportRequest } from '../../../services/export/parse-request.ts';
import type { ReportColumn as Column, ReportFilter as Filter } from '../../../services/export/report.ts';
import { builder } from '../builder.ts';
import { DownloadLink } from './download-link.ts';
import { exportArguments, reportArguments, toReportInput } from './report-arguments.ts';

const COLUMN_TYPES = {
  text: 'TEXT',
  integer: 'INTEGER',
  decimal: 'DECIMAL',
  bytes: 'BYTES',
  instant: 'INSTANT',
  day: 'DAY',
  boolean: 'BOOLEAN',
} as const;

const ReportColumnType = builder.enumType('ReportColumnType', {
  description: 'What the values of a column are.',
  values: Object.values(COLUMN_TYPES),
});

const ReportFilterType = builder.enumType('ReportFilterType', {
  description: 'What a filter takes.',
  values: ['TEXT', 'INTEGER', 'BOOLEAN', 'CHOICE'] as const,
});

const ReportColumn = builder.objectRef<Column>('ReportColumn').implement({
  description: 'A column of a report.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The same in every language.' }),
    header: t.string({
      description: 'In the language of the request.',
      resolve: ({ header }, _args, { language }) => header[language],
    }),
    type: t.field({
      type: ReportColumnType,
      description: 'What its values are.',
      resolve: ({ type }) => COLUMN_TYPES[type],
    }),
  }),
});

const ReportFilter = builder.objectRef<Filter & { readonly name: string }>('ReportFilter').implement({
  description: 'What a report can be narrowed by.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'For `ReportFilterValue.name`, and a parameter of `/exports`.',
    }),
    label: t.string({
      description: 'In the language of the request.',
      resolve: ({ label }, _args, { language }) => label[language],
    }),
    type: t.expose('type', { type: ReportFilterType, description: 'What it takes.' }),
    choices: t.stringList({
      nullable: true,
      description: 'What a choice may be.',
      resolve: ({ choices }) => choices && [...choices],
    }),
  }),
});

const Report = builder.objectRef<NamedReport>('Report').implement({
  description: 'A table that can be downloaded.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its file is `/exports/<name>.xlsx` or `.csv`.' }),
    title: t.string({
      description: 'In the language of the request.',
      resolve: ({ title }, _args, { language }) => title[language],
    }),
    description: t.string({
      description: 'What its rows are, in the language of the request.',
      resolve: ({ description }, _args, { language }) => description[language],
    }),
    columns: t.field({
      type: [ReportColumn],
      description: 'In their order.',
      resolve: ({ columns }) => [...columns],
    }),
    filters: t.field({
      type: [ReportFilter],
      description: 'Besides the mall and the period.',
      resolve: ({ filters }) => Object.entries(filters).map(([name, filter]) => ({ ...filter, name })),
    }),
    hasThumbnails: t.boolean({
      description: 'Whether its workbooks can have a small picture in each row.',
      resolve: ({ hasPictures }) => hasPictures ?? false,
    }),
    forManagers: t.boolean({
      description: 'Whether only owners and administrators of a mall see its rows.',
      resolve: ({ action }) => action === 'manage',
    }),
  }),
});

builder.queryField('reports', (t) =>
  t.field({
    type: [Report],
    description: 'The reports that there are.',
    resolve: (_root, _args, { ctx }) => listReports(ctx),
  }),
);

builder.queryField('reportCount', (t) =>
  t.int({
    description: 'How many rows a report has now.',
    args: reportArguments,
    resolve: async (_root, args, { ctx, language }) =>
      await countReport(ctx, await parseReportRequest(ctx, toReportInput(args, { language }))),
  }),
);

builder.mutationField('createExportLink', (t) =>
  t.field({
    type: DownloadLink,
    description:
      'Makes an address at which anybody gets a report, made anew with what the user may see then.',
    args: {
      ...reportArguments,
      ...exportArguments,
      expiresInSeconds: t.arg.int({ description: '1 second to 7 days; by default an hour.' }),
      singleUse: t.arg.boolean({ description: 'Whether it is good for one download; by default false.' }),
    },
    resolve: (_root, args, { ctx, language }) => {
      const { expiresInSeconds, singleUse } = args;
      return createExportLink(ctx, { ...toReportInput(args, { language }), expiresInSeconds, singleUse });
    },
  }),
);
