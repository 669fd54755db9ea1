import { parseParameters } from './parameters.ts';

const FORM_DATA = /^[ \t]*multipart\/form-data[ \t]*(?=;|$)/i;
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

/**
 * The boundary of a Content-Type value, quoted or not. Undefined when the value is not `multipart/form-data`, or its
 * boundary is missing, given twice, or not 1 to 70 of the characters that RFC 2046, section 5.1.1 allows.
 */
export function boundaryOf(contentType: string | null): string | undefined {
  const type = FORM_DATA.exec(contentType ?? '');
  if (contentType === null || type === null) return undefined;
  const boundary = parseParameters(contentType.slice(type[0].length))?.get('boundary');
  return boundary !== undefined && BOUNDARY.test(boundary) ? boundary : undefined;
}
