import { skipToken, useQuery } from '@apollo/client/react';
import { Autocomplete, type AutocompleteProps, Group, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { FoldersDocument } from '../generated/graphql.ts';
import { useFormats } from '../i18n/language.tsx';

const MAX_LENGTH = 500;
/** Of one answer of the server: where there are as many, more may begin with what is typed. */
const MAX_ANSWER = 100;
const AFTER_MS = 200;

interface FolderInputProps extends Omit<AutocompleteProps, 'data' | 'value' | 'onChange'> {
  /** Whose folders are suggested; undefined: none are. */
  readonly mallId: number | undefined;
  /** Others to be suggested. */
  readonly known?: readonly string[];
  readonly value: string;
  readonly onChange: (folder: string) => void;
}

/** Takes a folder, there already or not. */
export function FolderInput({ mallId, known = [], value, onChange, onFocus, ...props }: FolderInputProps) {
  const formats = useFormats();
  const [isUsed, setUsed] = useState(false);
  const folders = useFolders(isUsed ? mallId : undefined, value);
  const names = new Set([...known, ...folders.keys()]);
  return (
    <Autocomplete
      {...props}
      data={[...names].sort()}
      limit={50}
      maxLength={MAX_LENGTH}
      dir="auto"
      value={value}
      onChange={onChange}
      onFocus={(event) => {
        setUsed(true);
        onFocus?.(event);
      }}
      renderOption={({ option }) => {
        const count = folders.get(option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%">
            <span className="stockroom-name">{option.value}</span>
            {count !== undefined && (
              <Text span size="xs" c="dimmed">
                {formats.number(count)}
              </Text>
            )}
          </Group>
        );
      }}
    />
  );
}

/** The folders that may be meant, with their materials counted; those that begin with the text where there are many. */
function useFolders(mallId: number | undefined, typed: string): ReadonlyMap<string, number> {
  const [prefix] = useDebouncedValue(typed, AFTER_MS);
  const all = useQuery(
    FoldersDocument,
    mallId === undefined ? skipToken : { variables: { mallId }, fetchPolicy: 'cache-and-network' },
  );
  const isCut = (all.data?.folders.length ?? 0) >= MAX_ANSWER;
  const narrowed = useQuery(
    FoldersDocument,
    mallId !== undefined && isCut && prefix !== '' ? { variables: { mallId, prefix } } : skipToken,
  );
  const found = [...(all.data?.folders ?? []), ...(narrowed.data?.folders ?? [])];
  return new Map(found.map(({ name, materials }) => [name, materials]));
}
