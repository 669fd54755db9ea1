// biome-ignore-all lint/a11y/useAnchorContent: the picture's link is that of the name below it.
// biome-ignore-all lint/a11y/useSemanticElements: rows of a real table cannot be taken out of sight one by one.
// biome-ignore-all lint/a11y/useFocusableInteractive: one place of the grid has the focus, and keys move it.
import { VisuallyHidden } from '@mantine/core';
import { Film, Lock, Music } from 'lucide-react';
import { memo } from 'react';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { MaterialPicture } from './material-picture.tsx';
import classes from './material-tile.module.css';
import { messages } from './messages.ts';

interface TileProps {
  readonly material: LibraryMaterial;
  readonly index: number;
  readonly isSelected: boolean;
  /** Whether the keyboard comes here first. */
  readonly isActive: boolean;
  /** Of its own page; undefined: it has none. */
  readonly href: string | undefined;
}

/** A material in the grid. Clicks and keys are the grid's to handle. */
export const MaterialTile = memo(function MaterialTile(props: TileProps) {
  const { material, index, isSelected, isActive, href } = props;
  const t = useMessages(messages);
  const formats = useFormats();
  const { kind, originFilename, durationMs, width, height, size, visibility } = material;
  const isPrivate = visibility === 'PRIVATE';
  const duration = kind === 'IMAGE' || durationMs === null ? '' : formats.duration(durationMs);
  const KindIcon = kind === 'VIDEO' ? Film : Music;
  const facts = [width !== null && height !== null && `${width} × ${height}`, formats.bytes(size)]
    .filter(Boolean)
    .join(' · ');
  const picture = <MaterialPicture material={material} />;
  return (
    <div
      role="gridcell"
      className={classes.tile}
      data-index={index}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
    >
      <div className={classes.box}>
        {href === undefined ? (
          picture
        ) : (
          <a className={classes.link} href={href} tabIndex={-1} aria-hidden>
            {picture}
          </a>
        )}
      </div>
      <div className={classes.name} dir="auto" title={originFilename}>
        {href === undefined ? (
          originFilename
        ) : (
          <a href={href} tabIndex={-1}>
            {originFilename}
          </a>
        )}
      </div>
      <div className={classes.facts}>{facts}</div>
      <div className={classes.badges}>
        {kind !== 'IMAGE' && (
          <span className={classes.badge}>
            <KindIcon size={12} aria-hidden />
            {duration}
            <VisuallyHidden>{t.kinds[kind]}</VisuallyHidden>
          </span>
        )}
        {isPrivate && (
          <span className={classes.badge} title={t.private}>
            <Lock size={12} aria-hidden />
            <VisuallyHidden>{t.private}</VisuallyHidden>
          </span>
        )}
      </div>
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
  );
});
