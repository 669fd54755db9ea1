import { Film, ImageOff, Music } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ownFileUrl } from '../../../server.ts';
import { useUploadSummary } from '../../../upload/uploads.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { placeholderColour, placeholderImage } from '../data/placeholder.ts';
import classes from './material-picture.module.css';
import { isFlyingBy, whenStill } from './scrolling.ts';

/** What of a material can be seen: at once its placeholder, then the picture; an icon where there is none. */
export function MaterialPicture({ material }: { readonly material: LibraryMaterial }) {
  const { placeholder } = material;
  const isStill = useStill();
  const isDue = useTurn(material);
  const [isBroken, setBroken] = useState(false);
  const source = isBroken ? undefined : pictureOf(material);
  const Icon = material.kind === 'AUDIO' ? Music : material.kind === 'VIDEO' ? Film : ImageOff;
  return (
    <div
      className={classes.box}
      style={
        placeholder
          ? {
              backgroundColor: placeholderColour(placeholder),
              ...(isStill && { backgroundImage: placeholderImage(placeholder) }),
            }
          : undefined
      }
    >
      {source && isStill && isDue && (
        <img
          className={classes.picture}
          data-small={isSmall(material) || undefined}
          src={source.src}
          srcSet={source.srcSet}
          alt=""
          decoding="async"
          draggable={false}
          ref={(image) => {
            // From the browser's cache it is there before it could fade in.
            if (image?.complete && image.naturalWidth > 0) image.dataset.shown = 'at-once';
          }}
          onLoad={({ currentTarget }) => {
            currentTarget.dataset.shown ??= 'now';
          }}
          onError={() => setBroken(true)}
        />
      )}
      {!source && !placeholder && <Icon className={classes.icon} size={40} strokeWidth={1.25} aria-hidden />}
    </div>
  );
}

/** Of pictures that fly by, nobody asks for the bytes. */
function useStill(): boolean {
  const [isStill, setStill] = useState(() => !isFlyingBy());
  useEffect(() => (isStill ? undefined : whenStill(() => setStill(true))), [isStill]);
  return isStill;
}

/**
 * While this page uploads, a picture that has no placeholder yet waits: the server has no time for it, and would take it
 * from the files that are on their way.
 */
function useTurn({ placeholder }: LibraryMaterial): boolean {
  const isUploading = useUploadSummary(({ isBusy }) => isBusy);
  const isDue = placeholder !== null || !isUploading;
  // What is shown stays.
  const [wasDue, setWasDue] = useState(isDue);
  if (isDue && !wasDue) setWasDue(true);
  return isDue || wasDue;
}

/** Files of what is in the trash are not to be had. */
function pictureOf(material: LibraryMaterial): { src: string; srcSet?: string } | undefined {
  const { kind, thumbnail, thumbnail2x, posterUrl, damaged, deletedAt } = material;
  if (deletedAt !== null || damaged) return undefined;
  if (kind === 'VIDEO') return posterUrl === null ? undefined : { src: ownFileUrl(posterUrl) };
  if (kind !== 'IMAGE') return undefined;
  return { src: ownFileUrl(thumbnail), srcSet: `${ownFileUrl(thumbnail2x)} 2x` };
}

/** Icons would be a blur at the size of a tile. */
function isSmall({ width, height }: LibraryMaterial): boolean {
  return width !== null && height !== null && width < 160 && height < 120;
}
