import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useRef } from 'react';
import { useMessages } from '../../i18n/language.tsx';
import { useUploadSummary, useUploads } from '../uploads.tsx';
import { messages } from './messages.ts';
import { UploadRow } from './upload-row.tsx';
import classes from './upload-tray.module.css';

const ROW_HEIGHT = 56;

/** A row for each file; only those in sight are in the page. */
export function UploadList() {
  const t = useMessages(messages);
  const uploads = useUploads();
  useUploadSummary();
  const rows = uploads.rows();
  const list = useRef<HTMLElement>(null);
  const focusList = useCallback(() => list.current?.focus(), []);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 4,
  });
  if (rows.length === 0) return null;
  return (
    // It scrolls, and takes the focus where the button that had it has gone.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it.
    <section ref={list} className={classes.list} tabIndex={0} aria-label={t.list}>
      <ul className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const transfer = rows[index];
          return (
            transfer && (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={rows.length}
                aria-posinset={index + 1}
              >
                <UploadRow
                  transfer={transfer}
                  state={transfer.state}
                  sent={transfer.sent}
                  unwanted={transfer.unwanted}
                  onGone={focusList}
                />
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}
