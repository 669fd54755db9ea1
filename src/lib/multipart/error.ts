/** What is wrong; all but `abandoned` are the sender's fault. */
export type MultipartReason =
  /** A header block that cannot be understood. */
  | 'malformed'
  /** The bytes ended before the closing boundary. */
  | 'truncated'
  | 'too-many-parts'
  | 'header-too-large'
  | 'preamble-too-large'
  | 'field-too-large'
  /** A part's bytes were asked for after the parser had gone on or was ended: what was read so far is not all of it. */
  | 'abandoned';

const texts: Record<MultipartReason, string> = {
  malformed: 'The header of a part is malformed.',
  truncated: 'The multipart body ends before its closing boundary.',
  'too-many-parts': 'The multipart body has too many parts.',
  'header-too-large': 'The header of a part is too large.',
  'preamble-too-large': 'There is too much before the first boundary.',
  'field-too-large': 'A form field is too large.',
  abandoned: 'The rest of this part was given up.',
};

/** The one error of the multipart parser; errors of the source are passed on as they are. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
  readonly reason: MultipartReason;

  /** `detail` says more than the reason's own text does; it never holds what the sender wrote. */
  constructor(reason: MultipartReason, detail?: string) {
    super(detail === undefined ? texts[reason] : `${texts[reason]} ${detail}`);
    this.reason = reason;
  }
}
