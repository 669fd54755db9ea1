/** The part of a structured logger that the layers use; `adapters/log` provides it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the log has of a request: nothing of its query, its headers or its body. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  /** Pattern of the route, such as `/files/*`. */
  readonly route: string;
  /** As it was sent, with its escapes. */
  readonly path: string;
  /** Names of what a GraphQL request asked for. */
  readonly operation?: string;
  readonly status: number;
  readonly ms: number;
  /** Bytes of the request's body, where they are known. */
  readonly bytesIn?: number;
  /** Bytes of the answer's body, where they are known when it begins. */
  readonly bytesOut?: number;
  readonly userId?: number;
  /** Of the client. */
  readonly address: string;
  /** Of its trace, where it is traced. */
  readonly traceId?: string;
}

/** Says in each line which request it is about. */
export class RequestLogger implements Logger {
  readonly #log: Logger;
  readonly #requestId: string;

  constructor(log: Logger, requestId: string) {
    this.#log = log;
    this.#requestId = requestId;
  }

  debug(fields: object, message: string): void {
    this.#log.debug({ requestId: this.#requestId, ...fields }, message);
  }

  info(fields: object, message: string): void {
    this.#log.info({ requestId: this.#requestId, ...fields }, message);
  }

  warn(fields: object, message: string): void {
    this.#log.warn({ requestId: this.#requestId, ...fields }, message);
  }

  error(fields: object, message: string): void {
    this.#log.error({ requestId: this.#requestId, ...fields }, message);
  }
}
