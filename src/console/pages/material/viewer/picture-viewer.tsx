import { useQuery } from '@apollo/client/react';
import { Alert, Box, Group } from '@mantine/core';
import { ImageOff } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react';
import { MaterialSizesDocument } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { ownFileUrl } from '../../../server.ts';
import type { Detail } from '../detail.ts';
import { type Candidate, candidatesOf, ownCandidates } from './candidates.ts';
import classes from './picture-viewer.module.css';
import { useZoom, type Zoom } from './use-zoom.ts';
import { ZoomToolbar } from './zoom-toolbar.tsx';

const PAN = 60;
const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [PAN, 0],
  ArrowRight: [-PAN, 0],
  ArrowUp: [0, PAN],
  ArrowDown: [0, -PAN],
};
/** CSS pixels for each of the picture, from which on its pixels are to be told apart. */
const COARSE = 2;

const messages = defineMessages({
  en: {
    box: 'Picture. Plus and minus enlarge and shrink it, 0 shows all of it, the arrow keys move it.',
    unseen: 'Browsers cannot show this picture. Download it to look at it.',
  },
  zh: {
    box: '图片。按加号或减号缩放，按 0 显示全图，按方向键移动。',
    unseen: '浏览器无法显示此图片，请下载后查看。',
  },
});

/** A picture in a box of its own, of which parts can be looked at closely. `children` come beside the buttons. */
export function PictureViewer({
  material,
  children,
}: {
  readonly material: Detail;
  readonly children?: ReactNode;
}) {
  const t = useMessages(messages);
  const { id, originFilename } = material;
  const picture = useMemo(
    () => ({ width: material.width ?? 1, height: material.height ?? 1 }),
    [material.width, material.height],
  );
  const zoom = useZoom(picture);
  const { data } = useQuery(MaterialSizesDocument, { variables: { id } });
  const [failures, setFailures] = useState(0);
  const sizes = data?.material;
  // Where the server cannot decode a picture, the browser may see a part of it.
  const candidates = sizes && (failures > 0 ? ownCandidates(material) : candidatesOf(material, sizes));
  const isBroken = failures > 1 || (failures > 0 && candidates?.length === 0);
  const { view, fit } = zoom;
  return (
    <div>
      <Box
        component="section"
        ref={zoom.box}
        className={classes.box}
        data-zoomed={view.scale > 1 || undefined}
        data-dragged={(view.scale > 1 && zoom.isDragged) || undefined}
        aria-label={t.box}
        style={{ aspectRatio: `${picture.width} / ${picture.height}` }}
        tabIndex={0}
        onKeyDown={(event) => onKey(event, zoom)}
        onDoubleClick={zoom.toggle}
        {...zoom.pointer}
      >
        {fit && candidates && !isBroken && (
          <div
            className={classes.stage}
            style={{
              width: fit.width,
              height: fit.height,
              transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            }}
          >
            <Layers
              candidates={candidates}
              alt={originFilename}
              cssWidth={fit.width}
              scale={view.scale}
              isCoarse={fit.width * view.scale > picture.width * COARSE}
              onBroken={() => setFailures((before) => before + 1)}
            />
          </div>
        )}
        {isBroken && (
          <Alert icon={<ImageOff aria-hidden />} color="gray" m="md">
            {t.unseen}
          </Alert>
        )}
      </Box>
      <Group justify="space-between" mt="xs" gap="xs">
        <ZoomToolbar zoom={zoom} percent={fit ? (fit.width * view.scale) / picture.width : undefined} />
        {children}
      </Group>
    </div>
  );
}

/** The one of the widths that fits, and over it the picture itself as soon as that shows more. */
function Layers({
  candidates,
  alt,
  cssWidth,
  scale,
  isCoarse,
  onBroken,
}: {
  readonly candidates: readonly Candidate[];
  readonly alt: string;
  readonly cssWidth: number;
  readonly scale: number;
  readonly isCoarse: boolean;
  readonly onBroken: () => void;
}) {
  const needed = cssWidth * window.devicePixelRatio;
  const fitting = candidates.find(({ width }) => width >= needed) ?? candidates.at(-1);
  const largest = candidates.at(-1);
  const isWanted = scale > 1 && fitting !== largest && needed * scale > (fitting?.width ?? 0);
  const [isLarge, setLarge] = useState(isWanted);
  if (isWanted && !isLarge) setLarge(true);
  const look = isCoarse ? `${classes.picture} ${classes.large}` : classes.picture;
  return (
    <>
      <img className={look} src={ownFileUrl(fitting?.url)} alt={alt} draggable={false} onError={onBroken} />
      {isLarge && (
        <img className={look} src={ownFileUrl(largest?.url)} alt="" draggable={false} data-largest />
      )}
    </>
  );
}

function onKey(event: KeyboardEvent, zoom: Zoom): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isZoomed = zoom.view.scale > 1;
  const action = event.key === 'Escape' && isZoomed ? zoom.showWhole : zoomKeys(zoom)[event.key];
  const move = isZoomed ? MOVES[event.key] : undefined;
  if (!action && !move) return;
  event.preventDefault();
  action?.();
  if (move) zoom.pan(...move);
}

function zoomKeys({ zoomIn, zoomOut, showWhole }: Zoom): Readonly<Record<string, () => void>> {
  return { '+': zoomIn, '=': zoomIn, '-': zoomOut, '0': showWhole };
}
