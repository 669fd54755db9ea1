import { Button, CloseButton, Group, Text } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import { useMessages } from '../../../i18n/language.tsx';
import { messages } from './messages.ts';
import classes from './selection-bar.module.css';

export interface SelectionAction {
  readonly key: string;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly run: () => void;
  readonly isDangerous?: boolean;
}

interface SelectionBarProps {
  readonly count: number;
  readonly isBusy: boolean;
  readonly actions: readonly SelectionAction[];
  readonly onClear: () => void;
}

/** How many are selected, and what can be done with them. */
export function SelectionBar({ count, isBusy, actions, onClear }: SelectionBarProps) {
  const t = useMessages(messages);
  return (
    <Group gap={6} className={classes.bar} role="toolbar" aria-label={t.actions}>
      <CloseButton aria-label={t.clear} onClick={onClear} />
      <Text size="sm" fw={600} className={classes.count} aria-live="polite">
        {t.selected(count)}
      </Text>
      <Group gap={6} wrap="nowrap" className={classes.actions}>
        {actions.map(({ key, icon: Icon, label, run, isDangerous }) => (
          <Button
            key={key}
            size="compact-sm"
            variant="default"
            leftSection={<Icon size={16} aria-hidden />}
            className={isDangerous ? classes.dangerous : undefined}
            title={label}
            disabled={isBusy}
            onClick={run}
          >
            <span className={classes.label}>{label}</span>
          </Button>
        ))}
      </Group>
    </Group>
  );
}
