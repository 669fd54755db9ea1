/** CSS pixels, or those of a picture. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How a picture lies in its box. */
export interface View extends Point {
  /** 1 where all of it is seen; `x` and `y` are how far its middle is from that of the box. */
  readonly scale: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
/** However large the picture is. */
const MIN_LARGEST = 8;
/** CSS pixels for each of the picture. */
const LARGEST_PIXEL = 4;

/** As large as the box lets it be, and never enlarged. */
export function fitInto(picture: Size, box: Size): Size {
  const factor = Math.min(box.width / picture.width, box.height / picture.height, 1);
  return { width: picture.width * factor, height: picture.height * factor };
}

/** The most that a picture is enlarged. */
export function largestScale(picture: Size, fit: Size): number {
  return Math.max(MIN_LARGEST, (LARGEST_PIXEL * picture.width) / fit.width);
}

/** Enlarges by a factor so that what is at `point`, from the middle of the box, stays there. */
export function zoomedAt(view: View, factor: number, point: Point, largest: number): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), largest);
  const ratio = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
}

/** No edge of the picture comes further in than that of the box. */
export function confined(view: View, fit: Size, box: Size): View {
  const limit = (value: number, side: 'width' | 'height') => {
    const room = Math.max(0, (fit[side] * view.scale - box[side]) / 2);
    return Math.min(Math.max(value, 0 - room), room);
  };
  return { scale: view.scale, x: limit(view.x, 'width'), y: limit(view.y, 'height') };
}
