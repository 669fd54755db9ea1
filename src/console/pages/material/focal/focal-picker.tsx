import { useQuery } from '@apollo/client/react';
import { Box } from '@mantine/core';
import { type KeyboardEvent, type MouseEvent, useEffect, useRef } from 'react';
import { MaterialSizesDocument } from '../../../generated/graphql.ts';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { ownFileUrl } from '../../../server.ts';
import type { Detail } from '../detail.ts';
import classes from './focal-editor.module.css';

/** From 0 to 1, from the left and from the top. */
export interface Focus {
  readonly x: number;
  readonly y: number;
}

const MIDDLE: Focus = { x: 0.5, y: 0.5 };
const STEP = 0.01;
const LARGE_STEP = 0.1;
const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const messages = defineMessages({
  en: {
    label: 'Focal point',
    at: (x: string, y: string) => `${x} from the left, ${y} from the top`,
    none: 'none',
  },
  zh: { label: '焦点', at: (x, y) => `距左侧 ${x}，距顶部 ${y}`, none: '未设置' },
});

export function FocalPicker({
  material,
  focus,
  onChange,
  onSubmit,
  onLeave,
}: {
  readonly material: Detail;
  readonly focus: Focus | null;
  readonly onChange: (focus: Focus) => void;
  readonly onSubmit: () => void;
  /** Escape was pressed. */
  readonly onLeave: () => void;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { id, kind, posterUrl, width, height } = material;
  const isPicture = kind === 'IMAGE';
  const { data } = useQuery(MaterialSizesDocument, { variables: { id }, skip: !isPicture });
  const picture = useRef<HTMLImageElement>(null);
  const picker = useRef<HTMLDivElement>(null);
  useEffect(() => picker.current?.focus({ preventScroll: true }), []);
  const pick = ({ clientX, clientY }: MouseEvent) => {
    const { left, top, width: w, height: h } = picture.current?.getBoundingClientRect() ?? new DOMRect();
    if (w > 0 && h > 0) onChange({ x: part((clientX - left) / w), y: part((clientY - top) / h) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && focus) return onSubmit();
    if (event.key === 'Escape') {
      event.preventDefault();
      return onLeave();
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = event.shiftKey ? LARGE_STEP : STEP;
    const { x, y } = focus ?? MIDDLE;
    onChange({ x: part(x + move[0] * step), y: part(y + move[1] * step) });
  };
  return (
    <div className={classes.frame}>
      <Box
        ref={picker}
        className={classes.picker}
        role="slider"
        aria-label={t.label}
        aria-valuenow={Math.round((focus?.x ?? MIDDLE.x) * 100)}
        aria-valuetext={focus ? t.at(formats.percent(focus.x), formats.percent(focus.y)) : t.none}
        tabIndex={0}
        onClick={pick}
        onKeyDown={onKeyDown}
      >
        <img
          ref={picture}
          className={classes.picture}
          src={ownFileUrl(isPicture ? data?.material?.w1600 : posterUrl)}
          alt=""
          width={width ?? undefined}
          height={height ?? undefined}
          draggable={false}
        />
        {focus && (
          <span className={classes.marker} style={{ left: `${focus.x * 100}%`, top: `${focus.y * 100}%` }} />
        )}
      </Box>
    </div>
  );
}

/** 0 to 1 in hundredths. */
function part(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 1) * 100) / 100;
}
