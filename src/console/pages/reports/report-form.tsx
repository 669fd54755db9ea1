import { Alert, Paper, Select, Stack, Text, Title } from '@mantine/core';
import { Failed } from '../../components/failed.tsx';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { ColumnPreview } from './column-preview.tsx';
import { FileFields, MOST_THUMBNAILS } from './file-fields.tsx';
import { FilterFields } from './filter-fields.tsx';
import { messages } from './messages.ts';
import { PeriodFields } from './period-fields.tsx';
import { periodProblem } from './periods.ts';
import { ReportActions } from './report-actions.tsx';
import { ReportChoice } from './report-choice.tsx';
import { useRowCount } from './use-row-count.ts';
import { type Report, useWish } from './use-wish.ts';

/** Puts a report together; the page's address says which. */
export function ReportForm({
  reports,
  onStarted,
}: {
  readonly reports: readonly Report[];
  readonly onStarted: (id: string) => void;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { wish, report, malls, change } = useWish(reports);
  const { rows, isCounting, error } = useRowCount(wish);
  if (!report) return null;
  const problem = periodProblem(wish);
  const hasTooMany = wish.thumbnails && !isCounting && (rows ?? 0) > MOST_THUMBNAILS;
  const countText = () => {
    if (problem) return { missing: t.periodMissing, reversed: t.periodReversed }[problem];
    if (rows === undefined) return isCounting ? t.counting : '';
    return rows === 0 && !isCounting ? t.noRows : t.count(rows, formats.number(rows));
  };
  return (
    <Stack gap="lg">
      <ReportChoice reports={reports} value={report.name} onChange={(name) => change({ report: name })} />
      <Paper withBorder p="md" component="section" aria-label={report.title}>
        <Stack gap="md">
          <Select
            label={t.mall}
            data={[
              { value: '', label: t.allMalls },
              ...malls.map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
            value={wish.mallId === null ? '' : String(wish.mallId)}
            onChange={(id) => change({ mallId: id ? Number(id) : null })}
            searchable={malls.length > 8}
            nothingFoundMessage={t.noMall}
            allowDeselect={false}
            maw={400}
          />
          <PeriodFields wish={wish} onChange={change} />
          <FilterFields
            filters={report.filters}
            values={wish.filters}
            onChange={(filters) => change({ filters })}
          />
          <FileFields wish={wish} hasThumbnails={report.hasThumbnails} onChange={change} />
          <div>
            <Title order={2} size="sm" mb={4}>
              {t.columns(report.columns.length)}
            </Title>
            <ColumnPreview columns={report.columns} />
          </div>
          {error && <Failed error={error} />}
          {hasTooMany && (
            <Alert color="orange" variant="outline" role="alert">
              {t.tooManyForThumbnails(formats.number(rows ?? 0), formats.number(MOST_THUMBNAILS))}
            </Alert>
          )}
          <Text role="status" size="lg" fw={600} mih="1.6em" {...(isCounting && { c: 'dimmed' })}>
            {countText()}
          </Text>
          <ReportActions wish={wish} isAllowed={!problem && !hasTooMany} onStarted={onStarted} />
        </Stack>
      </Paper>
    </Stack>
  );
}
