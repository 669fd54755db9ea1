import { AppError } from '../../errors.ts';
import { blackAndWhitePng, packRow } from '../../lib/png.ts';
import { requireActor } from '../access.ts';
import type { Ctx } from '../context.ts';

export type QrFormat = 'svg' | 'png';

export interface QrCodeInput {
  readonly text: string;
  /** px of either side. */
  readonly size?: number | null | undefined;
}

/** Bytes in UTF-8; with a seventh of the code readable though damaged, there is room for 2,331. */
export const MAX_TEXT_BYTES = 2000;
/** px */
export const SIZES = { min: 64, default: 256, max: 2048 } as const;
/** Modules around the code (ISO/IEC 18004, section 6.3.8). */
const QUIET_ZONE = 4;

/**
 * A QR code as an SVG document.
 * @throws AppError LOGIN_REQUIRED, PASSWORD_CHANGE_REQUIRED, FORBIDDEN, PARAMS_INVALID (empty or too long a text, or
 * another size than 64 to 2048 px)
 */
export async function qrSvg(ctx: Ctx, input: QrCodeInput): Promise<string> {
  const { modules, size } = await encode(ctx, input);
  const side = modules.length;
  const path = modules.flatMap((row, y) =>
    [...runs(row)].map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${side} ${side}" ` +
    `shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path.join('')}"/></svg>`
  );
}

/**
 * A QR code as a PNG file, its modules as large as whole pixels let them be.
 * @throws AppError as `qrSvg`, and PARAMS_INVALID when the size has not a pixel for each module.
 */
export async function qrPng(ctx: Ctx, input: QrCodeInput): Promise<Uint8Array<ArrayBuffer>> {
  const { modules, size } = await encode(ctx, input);
  const scale = Math.floor(size / modules.length);
  if (scale === 0) {
    const least = modules.length;
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `A code of this text has at least ${least} pixels a side.`,
        zh: `该内容的二维码边长至少为 ${least} 像素`,
      },
    });
  }
  const margin = Math.floor((size - scale * modules.length) / 2);
  const blank = packRow(Array.from({ length: size }, () => false));
  const rows = Array.from({ length: size }, () => blank);
  for (const [at, row] of modules.entries()) {
    const pixels = Array.from({ length: size }, (_, x) => row[Math.floor((x - margin) / scale)] ?? false);
    rows.fill(packRow(pixels), margin + at * scale, margin + (at + 1) * scale);
  }
  return blackAndWhitePng(rows);
}

/** Address of the picture, for whoever is logged in. @throws AppError as `qrSvg` */
export function qrUrl(ctx: Ctx, format: QrFormat, input: QrCodeInput): string {
  requireActor(ctx);
  const { text, size } = parseInput(input);
  return `${ctx.urls.public}/qr.${format}?text=${encodeURIComponent(text)}&size=${size}`;
}

/** Rows of modules with the quiet zone, true for a dark one. */
async function encode(ctx: Ctx, input: QrCodeInput): Promise<{ modules: boolean[][]; size: number }> {
  requireActor(ctx);
  const { text, size } = parseInput(input);
  // Few ask for one.
  const { encodeQR } = await import('qr');
  return { modules: encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE }), size };
}

function parseInput({ text, size }: QrCodeInput): { text: string; size: number } {
  const bytes = Buffer.byteLength(text);
  if (bytes === 0 || bytes > MAX_TEXT_BYTES || !text.isWellFormed()) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `The text has 1 to ${MAX_TEXT_BYTES} bytes in UTF-8.`,
        zh: `内容须为 1 到 ${MAX_TEXT_BYTES} 字节（UTF-8）`,
      },
    });
  }
  const side = size ?? SIZES.default;
  if (!Number.isInteger(side) || side < SIZES.min || side > SIZES.max) {
    throw new AppError('PARAMS_INVALID', {
      detail: {
        en: `The size is a whole number from ${SIZES.min} to ${SIZES.max}.`,
        zh: `size 须为 ${SIZES.min} 到 ${SIZES.max} 的整数`,
      },
    });
  }
  return { text, size: side };
}

/** Where dark modules begin, and how many follow. */
function* runs(row: readonly boolean[]): Generator<[start: number, length: number]> {
  for (let start = row.indexOf(true); start !== -1; ) {
    const end = row.indexOf(false, start);
    yield [start, end - start];
    start = row.indexOf(true, end);
  }
}
