import 'dayjs/locale/zh-cn';
import { Button, Group, Select, Stack } from '@mantine/core';
import { DatePickerInput, DatesProvider } from '@mantine/dates';
import { CalendarDays } from 'lucide-react';
import { useMemo } from 'react';
import { useLanguage, useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';
import { type PresetName, periodProblem, presetPeriods } from './periods.ts';
import type { Wish } from './wish.ts';

const PRESETS: readonly PresetName[] = ['today', 'last7Days', 'thisMonth', 'lastMonth', 'thisYear'];
/** Of hundreds, as somebody types. */
const ZONES_SHOWN = 50;

/** From which day to which, by whose clock. */
export function PeriodFields({
  wish,
  onChange,
}: {
  readonly wish: Wish;
  readonly onChange: (part: Partial<Wish>) => void;
}) {
  const t = useMessages(messages);
  const { language } = useLanguage();
  const { start, end, timeZone } = wish;
  const presets = presetPeriods(timeZone);
  const zones = useMemo(
    () => [...new Set([timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort(),
    [timeZone],
  );
  const problem = periodProblem(wish);
  const problemText = { missing: t.periodMissing, reversed: t.periodReversed };
  return (
    <DatesProvider
      settings={{
        locale: language === 'zh' ? 'zh-cn' : 'en',
        firstDayOfWeek: 1,
        weekendDays: [],
        labelSeparator: '–',
      }}
    >
      <Stack gap="xs">
        <Group align="flex-start" gap="md" grow preventGrowOverflow={false}>
          <DatePickerInput
            type="range"
            label={t.period}
            placeholder={t.pickPeriod}
            leftSection={<CalendarDays size={16} aria-hidden />}
            valueFormat={language === 'zh' ? 'YYYY年M月D日' : 'D MMM YYYY'}
            monthLabelFormat={language === 'zh' ? 'YYYY年M月' : 'MMMM YYYY'}
            yearLabelFormat={language === 'zh' ? 'YYYY年' : 'YYYY'}
            ariaLabels={t.calendar}
            allowSingleDateInRange
            hideOutsideDates
            popoverProps={{ returnFocus: true }}
            value={[start, end]}
            onChange={([nextStart, nextEnd]) => onChange({ start: nextStart, end: nextEnd })}
            error={problem && problemText[problem]}
            miw={240}
          />
          <Select
            label={t.timeZone}
            data={zones}
            value={timeZone}
            onChange={(zone) => zone && onChange({ timeZone: zone })}
            searchable
            limit={ZONES_SHOWN}
            nothingFoundMessage={t.noTimeZone}
            allowDeselect={false}
            miw={200}
          />
        </Group>
        <Group gap={6} role="group" aria-label={t.presets.label}>
          {PRESETS.map((name) => {
            const isChosen = presets[name].start === start && presets[name].end === end;
            return (
              <Button
                key={name}
                size="compact-sm"
                variant={isChosen ? 'filled' : 'default'}
                aria-pressed={isChosen}
                onClick={() => onChange(presets[name])}
              >
                {t.presets[name]}
              </Button>
            );
          })}
        </Group>
      </Stack>
    </DatesProvider>
  );
}
