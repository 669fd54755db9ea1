import { Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import classes from './stacked-table.module.css';

const messages = defineMessages({ en: { actions: 'Actions' }, zh: { actions: '操作' } });

/** A table that becomes a list of cards on small screens. Its rows are of `Cell`, the last one `ActionsCell`. */
export function StackedTable({
  label,
  columns,
  hasActions = false,
  children,
}: {
  readonly label: string;
  readonly columns: readonly string[];
  readonly hasActions?: boolean;
  readonly children: ReactNode;
}) {
  const t = useMessages(messages);
  return (
    <Table className={classes.table} aria-label={label} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th key={column} scope="col">
              {column}
            </Table.Th>
          ))}
          {hasActions && (
            <Table.Th scope="col">
              <VisuallyHidden>{t.actions}</VisuallyHidden>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  );
}

/** @param label of the column; without one the value speaks for itself. */
export function Cell({ label, children }: { readonly label?: string; readonly children: ReactNode }) {
  return (
    <Table.Td data-label={label}>
      <div>{children}</div>
    </Table.Td>
  );
}

/** What can be done with a row: at its end, or in the corner of its card. */
export function ActionsCell({ children }: { readonly children: ReactNode }) {
  return <Table.Td className={classes.actions}>{children}</Table.Td>;
}
