import { parse } from 'content-disposition';

const MAX_NAME_BYTES = 1024;
const NAMELESS = 'picture';

/** The name that the server gives the file (RFC 6266), else the last part of its address. Never empty, never too long. */
export function pictureName(url: string, contentDisposition: string | null): string {
  const name = declaredName(contentDisposition) || lastPart(url) || NAMELESS;
  return fitting(name.replaceAll('\0', '\uFFFD').toWellFormed());
}

function declaredName(contentDisposition: string | null): string | undefined {
  if (contentDisposition === null) return undefined;
  try {
    return parse(asUtf8(contentDisposition)).parameters.filename;
  } catch {
    return undefined;
  }
}

/** Header values come as Latin-1; servers that mean UTF-8 send that. */
function asUtf8(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

function lastPart(url: string): string {
  const part = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Its end, with the extension, stays. */
function fitting(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  let bytes = 0;
  const kept: string[] = [];
  for (const character of [...name].reverse()) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_NAME_BYTES) break;
    kept.push(character);
  }
  return kept.reverse().join('');
}
