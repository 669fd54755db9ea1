import { Autocomplete, type AutocompleteProps, TextInput, type TextInputProps } from '@mantine/core';
import type { ComponentProps } from 'react';
import { FolderInput } from '../../../components/folder-input.tsx';
import { useDelayed } from './use-delayed.ts';

interface Delayed {
  readonly value: string;
  /** Told when nothing has been typed for a moment, or at once with Enter and on leaving. */
  readonly onChange: (value: string) => void;
}

export function DelayedInput({
  value,
  onChange,
  ...props
}: Delayed & Omit<TextInputProps, 'value' | 'onChange'>) {
  const { draft, setDraft, tell } = useDelayed(value, onChange);
  return (
    <TextInput
      {...props}
      value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => tell(draft)}
      onKeyDown={(event) => event.key === 'Enter' && tell(draft)}
    />
  );
}

/** The same with suggestions. */
export function DelayedAutocomplete({
  value,
  onChange,
  ...props
}: Delayed & Omit<AutocompleteProps, 'value' | 'onChange'>) {
  const { draft, setDraft, tell } = useDelayed(value, onChange);
  return (
    <Autocomplete
      {...props}
      value={draft}
      onChange={setDraft}
      onOptionSubmit={tell}
      onBlur={() => tell(draft)}
    />
  );
}

/** The same with folders. */
export function DelayedFolderInput({
  value,
  onChange,
  ...props
}: Delayed & Omit<ComponentProps<typeof FolderInput>, 'value' | 'onChange'>) {
  const { draft, setDraft, tell } = useDelayed(value, onChange);
  return (
    <FolderInput
      {...props}
      value={draft}
      onChange={setDraft}
      onOptionSubmit={tell}
      onBlur={() => tell(draft)}
    />
  );
}
