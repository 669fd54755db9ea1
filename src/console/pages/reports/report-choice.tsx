import { Group, Radio, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';
import classes from './report-choice.module.css';
import type { Report } from './use-wish.ts';

/** One of the reports, each as a card that says what its rows are. */
export function ReportChoice({
  reports,
  value,
  onChange,
}: {
  readonly reports: readonly Report[];
  readonly value: string;
  readonly onChange: (name: string) => void;
}) {
  const t = useMessages(messages);
  return (
    <Radio.Group value={value} onChange={onChange} aria-label={t.report}>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: reports.length }} spacing="sm">
        {reports.map(({ name, title, description }) => (
          <Radio.Card key={name} value={name} className={classes.card} p="sm" aria-label={title}>
            <Group wrap="nowrap" align="flex-start" gap="sm">
              <Radio.Indicator />
              <Stack gap={2}>
                <Text fw={600} lh={1.3}>
                  {title}
                </Text>
                <Text size="sm" c="dimmed">
                  {description}
                </Text>
              </Stack>
            </Group>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
