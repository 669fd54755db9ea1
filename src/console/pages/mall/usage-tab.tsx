import { useQuery } from '@apollo/client/react';
import { Alert, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { Failed } from '../../components/failed.tsx';
import { usedPart } from '../../components/usage-bar.tsx';
import { MallUsageDocument, type MallUsageQuery, type MaterialKind } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { mallMessages } from './messages.ts';
import classes from './usage-chart.module.css';
import { UsageChart } from './usage-chart.tsx';

const NEAR = 0.9;

type Usage = NonNullable<MallUsageQuery['mall']>['usage'];

/** How much a mall keeps of what it may, by kind: drawn, and as a table. */
export function UsageTab({ mall }: MallPageProps) {
  const { data, error, refetch } = useQuery(MallUsageDocument, {
    variables: { id: mall.id },
    fetchPolicy: 'cache-and-network',
  });
  const usage = data?.mall?.usage;
  if (!usage) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h={300} />;
  return (
    <Stack>
      <Warning usage={usage} />
      <Group align="flex-start" gap="xl">
        <UsageChart usage={usage} />
        <UsageTable usage={usage} />
      </Group>
    </Stack>
  );
}

function Warning({ usage: { bytes, quotaBytes } }: { readonly usage: Usage }) {
  const t = useMessages(mallMessages).usage;
  const part = quotaBytes === null ? 0 : usedPart(bytes, quotaBytes);
  if (part < NEAR) return null;
  return (
    <Alert color={part >= 1 ? 'red' : 'orange'} variant="outline" icon={<TriangleAlert aria-hidden />}>
      {part >= 1 ? t.full : t.near}
    </Alert>
  );
}

function UsageTable({ usage }: { readonly usage: Usage }) {
  const t = useMessages(mallMessages).usage;
  const formats = useFormats();
  const { bytes, quotaBytes, materials, byKind } = usage;
  const whole = quotaBytes ?? bytes;
  const part = (of: number) => (whole === 0 ? '–' : formats.percent(of / whole));
  return (
    <Stack gap="xs" flex={1} miw={280}>
      <Table aria-label={t.chart} className={classes.numbers}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t.kind}</Table.Th>
            <Table.Th scope="col">{t.materials}</Table.Th>
            <Table.Th scope="col">{t.bytes}</Table.Th>
            <Table.Th scope="col">{quotaBytes === null ? t.partOfAll : t.part}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {byKind.map((one) => (
            <Table.Tr key={one.kind}>
              <Table.Th scope="row" fw={400}>
                <Swatch kind={one.kind} /> {t.kinds[one.kind]}
              </Table.Th>
              <Table.Td>{formats.number(one.materials)}</Table.Td>
              <Table.Td>{formats.bytes(one.bytes)}</Table.Td>
              <Table.Td>{part(one.bytes)}</Table.Td>
            </Table.Tr>
          ))}
          {quotaBytes !== null && (
            <Table.Tr>
              <Table.Th scope="row" fw={400}>
                <Swatch /> {t.free}
              </Table.Th>
              <Table.Td />
              <Table.Td>{formats.bytes(Math.max(quotaBytes - bytes, 0))}</Table.Td>
              <Table.Td>{part(Math.max(quotaBytes - bytes, 0))}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row">{t.total}</Table.Th>
            <Table.Td>{formats.number(materials)}</Table.Td>
            <Table.Td>{formats.bytes(bytes)}</Table.Td>
            <Table.Td>{part(bytes)}</Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
      <Text size="sm" c="dimmed">
        {t.how} {quotaBytes === null && t.noQuota}
      </Text>
    </Stack>
  );
}

function Swatch({ kind }: { readonly kind?: MaterialKind }) {
  return <span className={classes.swatch} data-kind={kind} aria-hidden />;
}
