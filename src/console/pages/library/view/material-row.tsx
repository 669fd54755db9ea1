// biome-ignore-all lint/a11y/useSemanticElements: rows of a real table cannot be taken out of sight one by one.
// biome-ignore-all lint/a11y/useFocusableInteractive: one place of the grid has the focus, and keys move it.
import { Lock } from 'lucide-react';
import { memo } from 'react';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { MaterialPicture } from './material-picture.tsx';
import classes from './material-row.module.css';
import { messages } from './messages.ts';

interface RowProps {
  readonly material: LibraryMaterial;
  readonly index: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly href: string | undefined;
  /** From the top of the list, px. */
  readonly offset: number;
}

/** A material in the list. Clicks and keys are the list's to handle. */
export const MaterialRow = memo(function MaterialRow(props: RowProps) {
  const { material, index, isSelected, isActive, href, offset } = props;
  const t = useMessages(messages);
  const formats = useFormats();
  const { kind, originFilename, durationMs, width, height, size, visibility } = material;
  const dimensions = width !== null && height !== null ? `${width} × ${height}` : '';
  const duration = durationMs === null ? '' : formats.duration(durationMs);
  return (
    <div
      role="row"
      className={classes.row}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-label={originFilename}
      tabIndex={isActive ? 0 : -1}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <div role="gridcell">
        <label className={classes.check} data-check>
          <input
            type="checkbox"
            checked={isSelected}
            readOnly
            tabIndex={-1}
            aria-label={t.select(originFilename)}
          />
        </label>
      </div>
      <div role="gridcell" className={classes.picture}>
        <MaterialPicture material={material} />
      </div>
      <div role="gridcell" className={classes.main}>
        <div className={classes.name}>
          {href === undefined ? (
            <span dir="auto">{originFilename}</span>
          ) : (
            <a href={href} tabIndex={-1} dir="auto">
              {originFilename}
            </a>
          )}
          {visibility === 'PRIVATE' && <Lock size={14} aria-label={t.private} />}
        </div>
        <div className={classes.below}>
          {[t.kinds[kind], formats.bytes(size), duration || dimensions].filter(Boolean).join(' · ')}
        </div>
      </div>
      <div role="gridcell" className={classes.wide}>
        {t.kinds[kind]}
      </div>
      <div role="gridcell" className={classes.middle}>
        {formats.bytes(size)}
      </div>
      <div role="gridcell" className={classes.wide}>
        {[dimensions, duration].filter(Boolean).join(' · ')}
      </div>
      <div role="gridcell" className={classes.wide} dir="auto">
        {material.folder}
      </div>
      <div role="gridcell" className={classes.wide} dir="auto">
        {material.tags.join(', ')}
      </div>
      <div role="gridcell" className={classes.middle}>
        <div>{formats.dateTime(material.createdAt)}</div>
        {material.uploadedBy && <div className={classes.who}>{t.by(material.uploadedBy.username)}</div>}
      </div>
    </div>
  );
});
