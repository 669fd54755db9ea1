import { Text } from '@mantine/core';
import { useMessages } from '../../i18n/language.tsx';
import classes from './column-preview.module.css';
import { messages } from './messages.ts';
import type { Report } from './use-wish.ts';

/** The head of the table, as a spreadsheet shows it. */
export function ColumnPreview({ columns }: { readonly columns: Report['columns'] }) {
  const t = useMessages(messages);
  return (
    <section
      className={classes.frame}
      aria-label={t.columnsOf}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: by keyboard it scrolls only with the focus.
      tabIndex={0}
    >
      <table className={classes.table}>
        <thead>
          <tr aria-hidden>
            {columns.map(({ key }, i) => (
              <td key={key} className={classes.letter}>
                {letterOf(i)}
              </td>
            ))}
          </tr>
          <tr>
            {columns.map(({ key, header }) => (
              <th key={key} scope="col" className={classes.header}>
                <Text span size="sm" fw={600}>
                  {header}
                </Text>
              </th>
            ))}
          </tr>
        </thead>
      </table>
    </section>
  );
}

/** A, B … Z, AA: as spreadsheets call columns. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}
