import { isUtf8 } from 'node:buffer';
import { MultipartError } from './error.ts';
import { parseParameters } from './parameters.ts';

/** What a part says of itself (RFC 7578, section 4). Names are data: never a path, never trusted. */
export interface PartHeader {
  readonly name: string;
  /** Undefined: an ordinary field. An empty string is a file without a name. */
  readonly filename: string | undefined;
  /** The value of Content-Type as it was sent. */
  readonly contentType: string | undefined;
}

const FIELD = /^([\w!#$%&'*+.^`|~-]+):(.*)$/s;
const FORM_DATA = /^form-data[ \t]*(?=;|$)/i;
const EXTENDED = /^(utf-8|iso-8859-1)'[^']*'((?:[^%]|%[\da-f]{2})*)$/is;
const ESCAPES: Record<string, string> = { '%22': '"', '%0D': '\r', '%0A': '\n' };

/**
 * Reads the header block of one part, given without the empty line that ends it.
 * @throws MultipartError `malformed`: a line without a colon or folded, no `Content-Disposition: form-data`, no name,
 * or one of the two headers that count, or one of their parameters, given twice.
 */
export function parsePartHeader(block: Buffer): PartHeader {
  let disposition: string | undefined;
  let contentType: string | undefined;
  // Latin-1 maps each byte to one character, so nothing is lost before the names are decoded.
  for (const line of block.toString('latin1').split('\r\n')) {
    const field = FIELD.exec(line);
    if (field === null) throw new MultipartError('malformed', 'A header line has no name.');
    const name = (field[1] ?? '').toLowerCase();
    const value = (field[2] ?? '').trim();
    if (name === 'content-disposition') {
      if (disposition !== undefined) throw new MultipartError('malformed', 'Content-Disposition came twice.');
      disposition = value;
    } else if (name === 'content-type') {
      if (contentType !== undefined) throw new MultipartError('malformed', 'Content-Type came twice.');
      contentType = value;
    }
  }
  return { ...parseDisposition(disposition), contentType };
}

function parseDisposition(value: string | undefined): Pick<PartHeader, 'name' | 'filename'> {
  const type = FORM_DATA.exec(value ?? '');
  if (value === undefined || type === null) {
    throw new MultipartError('malformed', 'A part has no Content-Disposition of the type form-data.');
  }
  const parameters = parseParameters(value.slice(type[0].length));
  if (parameters === undefined) {
    throw new MultipartError('malformed', 'The parameters of Content-Disposition cannot be read.');
  }
  const name = parameter(parameters, 'name');
  if (name === undefined) throw new MultipartError('malformed', 'A part has no name.');
  return { name, filename: parameter(parameters, 'filename') };
}

/** The extended form (`name*`, RFC 8187) wins where it decodes; where it alone is there and does not, the value is empty. */
function parameter(parameters: Map<string, string>, name: string): string | undefined {
  const extended = parameters.get(`${name}*`);
  const plain = parameters.get(name);
  const decoded = extended === undefined ? undefined : decodeExtended(extended);
  if (decoded !== undefined) return withoutNul(decoded);
  if (plain === undefined) return extended === undefined ? undefined : '';
  return withoutNul(decodeBytes(plain.replace(/%(?:22|0D|0A)/g, (code) => ESCAPES[code] ?? code)));
}

/** RFC 8187, section 3.2. Undefined: another charset, or bytes that are not of the charset. */
function decodeExtended(value: string): string | undefined {
  const [, charset, encoded] = EXTENDED.exec(value) ?? [];
  if (charset === undefined || encoded === undefined) return undefined;
  const bytes = encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (charset.toLowerCase() === 'iso-8859-1') return bytes;
  return isUtf8(Buffer.from(bytes, 'latin1')) ? decodeBytes(bytes) : undefined;
}

/** Text whose characters stand for bytes, as UTF-8 or, where it is not UTF-8, as Latin-1: two bytes never become one. */
function decodeBytes(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

/** PostgreSQL and C libraries cannot hold NUL in a text. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
