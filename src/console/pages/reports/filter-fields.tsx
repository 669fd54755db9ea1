import { Checkbox, NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useMessages } from '../../i18n/language.tsx';
import { choiceMessages, messages } from './messages.ts';
import type { Report } from './use-wish.ts';

/** Of an id in the database. */
const MAX_INTEGER = 2 ** 31 - 1;

interface FieldProps {
  readonly filter: Report['filters'][number];
  /** Empty: the report is not narrowed by it. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** What a report can be narrowed by, beside the mall and the period. */
export function FilterFields({
  filters,
  values,
  onChange,
}: {
  readonly filters: Report['filters'];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}) {
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
      {filters.map((filter) => (
        <Field
          key={filter.name}
          filter={filter}
          value={values[filter.name] ?? ''}
          onChange={(value) => onChange({ ...values, [filter.name]: value })}
        />
      ))}
    </SimpleGrid>
  );
}

function Field({ filter: { label, type, choices }, value, onChange }: FieldProps) {
  const t = useMessages(messages);
  const words: Readonly<Record<string, string>> = useMessages(choiceMessages);
  switch (type) {
    case 'BOOLEAN':
      return (
        <Checkbox
          label={label}
          checked={value === 'true'}
          onChange={(event) => onChange(event.currentTarget.checked ? 'true' : '')}
          mt={30}
        />
      );
    case 'CHOICE':
      return (
        <Select
          label={label}
          data={[
            { value: '', label: t.anything },
            ...(choices ?? []).map((choice) => ({ value: choice, label: words[choice] ?? choice })),
          ]}
          value={value}
          onChange={(choice) => onChange(choice ?? '')}
          allowDeselect={false}
        />
      );
    case 'INTEGER':
      return (
        <NumberInput
          label={label}
          value={value}
          onChange={(number) => onChange(String(number))}
          min={0}
          max={MAX_INTEGER}
          clampBehavior="strict"
          allowDecimal={false}
          allowNegative={false}
          hideControls
        />
      );
    case 'TEXT':
      return (
        <TextInput
          label={label}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          maxLength={1024}
        />
      );
  }
}
