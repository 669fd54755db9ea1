/** A response that knows how long its body is, where that is a text. */
export class MeasuredResponse extends Response {
  readonly bodyBytes: number | undefined;

  constructor(body?: BodyInit | null, init?: ResponseInit) {
    super(body, init);
    this.bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : undefined;
  }
}
