import { Checkbox, Group, NativeSelect, NumberInput, Stack } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;
const DEFAULT_UNIT = 'GB';

const messages = defineMessages({
  en: {
    limited: 'Limit what the mall may keep',
    quota: 'Quota',
    unit: 'Unit',
    lower: 'Below what is kept already nothing is lost, but nothing more comes in.',
  },
  zh: {
    limited: '限制商城容量',
    quota: '配额',
    unit: '单位',
    lower: '低于已用容量时不会丢失内容，但无法再上传。',
  },
});

type Unit = (typeof UNITS)[number];

/** Bytes as a number of a unit, or no limit. `onChange` is told null for none, undefined for what is no number. */
export function QuotaInput({
  value,
  onChange,
}: {
  readonly value: number | null;
  readonly onChange: (bytes: number | null | undefined) => void;
}) {
  const t = useMessages(messages);
  const [limited, setLimited] = useState(value !== null);
  const [unit, setUnit] = useState<Unit>(() => unitOf(value));
  const [amount, setAmount] = useState<number | string>(() =>
    value === null ? '' : value / bytesOf(unitOf(value)),
  );
  const tell = (isLimited: boolean, number: number | string, of: Unit) => {
    setLimited(isLimited);
    setAmount(number);
    setUnit(of);
    if (!isLimited) return onChange(null);
    onChange(typeof number === 'number' ? Math.round(number * bytesOf(of)) : undefined);
  };
  return (
    <Stack gap="xs">
      <Checkbox
        label={t.limited}
        checked={limited}
        onChange={({ currentTarget }) => tell(currentTarget.checked, amount, unit)}
      />
      {limited && (
        <Group align="flex-start" gap="xs" wrap="nowrap">
          <NumberInput
            label={t.quota}
            description={t.lower}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={amount}
            onChange={(number) => tell(true, number, unit)}
            min={0}
            decimalScale={3}
            required
            flex={1}
          />
          <NativeSelect
            label={t.unit}
            data={[...UNITS]}
            value={unit}
            onChange={({ currentTarget }) => tell(true, amount, currentTarget.value as Unit)}
          />
        </Group>
      )}
    </Stack>
  );
}

function bytesOf(unit: Unit): number {
  return 1024 ** (UNITS.indexOf(unit) + 1);
}

/** The largest of which there is at least one. */
function unitOf(bytes: number | null): Unit {
  return (bytes && UNITS.findLast((unit) => bytes >= bytesOf(unit))) || DEFAULT_UNIT;
}
