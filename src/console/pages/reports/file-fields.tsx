import { Checkbox, Group, Input, SegmentedControl } from '@mantine/core';
import type { ExportFormat, ReportLanguage } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';
import type { Wish } from './wish.ts';

/** Rows that a workbook with pictures may have. */
export const MOST_THUMBNAILS = 1000;

/** What the report is written as. */
export function FileFields({
  wish: { format, lang, thumbnails },
  hasThumbnails,
  onChange,
}: {
  readonly wish: Wish;
  readonly hasThumbnails: boolean;
  readonly onChange: (part: Partial<Wish>) => void;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  return (
    <Group align="flex-start" gap="xl">
      <Input.Wrapper label={t.format} labelElement="div">
        <SegmentedControl
          display="flex"
          aria-label={t.format}
          data={[
            { value: 'XLSX', label: t.xlsx },
            { value: 'CSV', label: t.csv },
          ]}
          value={format}
          onChange={(value) => onChange({ format: value as ExportFormat })}
        />
      </Input.Wrapper>
      <Input.Wrapper label={t.language} labelElement="div">
        <SegmentedControl
          display="flex"
          aria-label={t.language}
          data={[
            { value: 'ZH', label: '中文' },
            { value: 'EN', label: 'English' },
          ]}
          value={lang}
          onChange={(value) => onChange({ lang: value as ReportLanguage })}
        />
      </Input.Wrapper>
      {hasThumbnails && format === 'XLSX' && (
        <Checkbox
          label={t.thumbnails}
          description={t.thumbnailsHint(formats.number(MOST_THUMBNAILS))}
          checked={thumbnails}
          onChange={(event) => onChange({ thumbnails: event.currentTarget.checked })}
          mt={{ sm: 26 }}
        />
      )}
    </Group>
  );
}
