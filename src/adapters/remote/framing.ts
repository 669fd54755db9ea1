/** Finds the body in what a server sends after the head (RFC 9112, section 6). */
export interface Framing {
  /** Nothing of the body is to come. */
  readonly isComplete: boolean;
  /** Something came after its end: the connection is of no further use. */
  readonly hasSurplus: boolean;
  /**
   * The bytes of the body in what has come, which is used up by that.
   * @throws FramingError
   */
  take(chunk: Uint8Array): Uint8Array;
  /** Nothing more comes. @returns whether the body is whole. */
  end(): boolean;
}

/** A body of which nobody can say where it ends. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}
