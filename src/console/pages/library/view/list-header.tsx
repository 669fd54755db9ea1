// biome-ignore-all lint/a11y/useSemanticElements: rows of a real table cannot be taken out of sight one by one.
// biome-ignore-all lint/a11y/useFocusableInteractive: one place of the grid has the focus, and keys move it.
import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { MaterialOrder } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import classes from './material-row.module.css';
import { messages } from './messages.ts';

type Sortable = 'NAME' | 'SIZE' | 'CREATED_AT';

interface HeaderProps {
  readonly sort: MaterialOrder;
  readonly onSort: (sort: MaterialOrder) => void;
}

/** The columns of the list; those by which the server sorts can be clicked. */
export function ListHeader({ sort, onSort }: HeaderProps) {
  const t = useMessages(messages);
  const sorted = (by: Sortable, label: string, className?: string) => {
    const isBy = sort.startsWith(by);
    const isAscending = sort.endsWith('_ASC');
    // Names begin with A, sizes and times with the largest.
    const next = isBy ? !isAscending : by === 'NAME';
    return (
      <div
        role="columnheader"
        className={className}
        aria-sort={isBy ? (isAscending ? 'ascending' : 'descending') : 'none'}
      >
        <UnstyledButton
          className={classes.sort}
          fz="inherit"
          fw="inherit"
          onClick={() => onSort(`${by}_${next ? 'ASC' : 'DESC'}`)}
        >
          {label}
          {isBy && (isAscending ? <ArrowUp size={14} aria-hidden /> : <ArrowDown size={14} aria-hidden />)}
        </UnstyledButton>
      </div>
    );
  };
  const plain = (label: string) => (
    <div role="columnheader" className={classes.wide}>
      {label}
    </div>
  );
  return (
    <div role="row" className={classes.header} aria-rowindex={1}>
      <div role="columnheader">
        <VisuallyHidden>{t.selection}</VisuallyHidden>
      </div>
      <div role="columnheader">
        <VisuallyHidden>{t.picture}</VisuallyHidden>
      </div>
      {sorted('NAME', t.columns.name)}
      {plain(t.columns.kind)}
      {sorted('SIZE', t.columns.size, classes.middle)}
      {plain(t.columns.facts)}
      {plain(t.columns.folder)}
      {plain(t.columns.tags)}
      {sorted('CREATED_AT', t.columns.uploaded, classes.middle)}
    </div>
  );
}
