import { useElementSize, useMergedRef } from '@mantine/hooks';
import {
  type PointerEvent,
  type RefCallback,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import {
  confined,
  fitInto,
  largestScale,
  type Point,
  type Size,
  type View,
  WHOLE,
  zoomedAt,
} from './zoom-geometry.ts';

const STEP = 1.5;
/** Of a line or a page, which some wheels count in. */
const WHEEL_PIXELS = [1, 16, 400];
const WHEEL_SPEED = 0.002;
const MIDDLE: Point = { x: 0, y: 0 };

export interface Zoom {
  readonly box: RefCallback<HTMLElement>;
  readonly view: View;
  /** CSS pixels of the picture as a whole; undefined until the box is measured. */
  readonly fit: Size | undefined;
  readonly isLargest: boolean;
  readonly isDragged: boolean;
  zoomIn(): void;
  zoomOut(): void;
  showWhole(): void;
  /** Between all of it and each of its pixels as one of the screen, around a point of the window. */
  toggle(at: { readonly clientX: number; readonly clientY: number }): void;
  pan(x: number, y: number): void;
  readonly pointer: Readonly<
    Record<
      'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel',
      (event: PointerEvent<HTMLElement>) => void
    >
  >;
}

/** Lets people look at parts of a picture: by wheel, with one or two fingers, by keys and buttons. */
export function useZoom(picture: Size): Zoom {
  const { ref: measured, width, height } = useElementSize();
  const element = useRef<HTMLElement | null>(null);
  const box = useMergedRef<HTMLElement>(measured, element);
  const [view, setView] = useState(WHOLE);
  const latest = useRef(WHOLE);
  const pointers = useRef(new Map<number, Point>());
  const [isDragged, setDragged] = useState(false);
  const fit = useMemo(
    () => (width > 0 && height > 0 ? fitInto(picture, { width, height }) : undefined),
    [picture, width, height],
  );
  const largest = fit ? largestScale(picture, fit) : 1;

  const change = useCallback(
    (next: (view: View) => View) => {
      if (!fit) return;
      latest.current = confined(next(latest.current), fit, { width, height });
      setView(latest.current);
    },
    [fit, width, height],
  );
  // A box of another size may show what was outside.
  useEffect(() => change((now) => now), [change]);
  const zoom = useCallback(
    (factor: number, point: Point) => change((now) => zoomedAt(now, factor, point, largest)),
    [change, largest],
  );

  useEffect(() => {
    const target = element.current;
    const onWheel = (event: WheelEvent) => {
      const delta = event.deltaY * (WHEEL_PIXELS[event.deltaMode] ?? 1);
      // What cannot shrink lets the page scroll.
      if (delta === 0 || (delta > 0 && latest.current.scale === 1)) return;
      event.preventDefault();
      zoom(Math.exp(-delta * WHEEL_SPEED * (event.ctrlKey ? 4 : 1)), fromMiddle(target, event));
    };
    // React's own listener is passive: it could not keep the page from scrolling.
    target?.addEventListener('wheel', onWheel, { passive: false });
    return () => target?.removeEventListener('wheel', onWheel);
  }, [zoom]);

  const lift = (event: PointerEvent<HTMLElement>) => {
    pointers.current.delete(event.pointerId);
    setDragged(pointers.current.size > 0);
  };
  return {
    box,
    view,
    fit,
    isLargest: view.scale >= largest,
    isDragged,
    zoomIn: () => zoom(STEP, MIDDLE),
    zoomOut: () => zoom(1 / STEP, MIDDLE),
    showWhole: () => change(() => WHOLE),
    toggle(at) {
      if (view.scale > 1) return change(() => WHOLE);
      const pixels = fit ? picture.width / fit.width : 1;
      zoom(pixels > 1.2 ? pixels : 2, fromMiddle(element.current, at));
    },
    pan: (x, y) => change((now) => ({ ...now, x: now.x + x, y: now.y + y })),
    pointer: {
      onPointerDown(event) {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, fromMiddle(element.current, event));
        setDragged(true);
      },
      onPointerMove(event) {
        const from = pointers.current.get(event.pointerId);
        if (!from) return;
        const to = fromMiddle(element.current, event);
        const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
        pointers.current.set(event.pointerId, to);
        if (!other) return change((now) => ({ ...now, x: now.x + to.x - from.x, y: now.y + to.y - from.y }));
        const factor = distance(to, other) / Math.max(distance(from, other), 1);
        zoom(factor, { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 });
      },
      onPointerUp: lift,
      onPointerCancel: lift,
    },
  };
}

function fromMiddle(
  box: HTMLElement | null,
  { clientX, clientY }: { readonly clientX: number; readonly clientY: number },
): Point {
  const { left, top, width, height } = box?.getBoundingClientRect() ?? new DOMRect();
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
