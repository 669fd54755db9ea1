export { boundaryOf } from './boundary.ts';
export { MultipartError } from './error.ts';
export { type MultipartLimits, type Part, parseMultipart, readField } from './parse.ts';
