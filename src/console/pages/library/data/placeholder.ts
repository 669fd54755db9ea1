import { thumbHashToAverageRGBA, thumbHashToDataURL } from 'thumbhash';

const MAX_KEPT = 600;

/** The one that was used last is last. */
const drawn = new Map<string, string>();

/** A thumbhash drawn, as CSS writes a picture. */
export function placeholderImage(thumbhash: string): string {
  const image = drawn.get(thumbhash) ?? `url(${thumbHashToDataURL(bytesOf(thumbhash))})`;
  drawn.delete(thumbhash);
  drawn.set(thumbhash, image);
  for (const oldest of drawn.keys()) {
    if (drawn.size <= MAX_KEPT) break;
    drawn.delete(oldest);
  }
  return image;
}

/** Its average colour, which costs next to nothing. */
export function placeholderColour(thumbhash: string): string {
  const { r, g, b, a } = thumbHashToAverageRGBA(bytesOf(thumbhash));
  const part = (value: number) => Math.round(value * 255);
  return `rgb(${part(r)} ${part(g)} ${part(b)} / ${a.toFixed(2)})`;
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
