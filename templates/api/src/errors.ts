/** Every error that a client can see: HTTP status and text. */
const CATALOGUE = {
  PARAMS_INVALID: [400, 'The request has a value that is not allowed.'],
  LOGIN_REQUIRED: [401, 'Log in first.'],
  INVALID_CREDENTIALS: [401, 'Wrong user name or password.'],
  CSRF_HEADER_MISSING: [403, 'A form request needs the header x-graphql-yoga-csrf.'],
  NOT_FOUND: [404, 'There is no such thing here.'],
  FILE_EMPTY: [422, 'The file is empty.'],
  RATE_LIMITED: [429, 'Too many tries; wait before the next.'],
  INTERNAL_ERROR: [500, 'Something went wrong on the server.'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

export type ErrorCode = keyof typeof CATALOGUE;

/** The one error that services throw; anything else is shown as INTERNAL_ERROR and logged. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** Of HTTP. */
  readonly status: number;

  constructor(code: ErrorCode, options?: ErrorOptions) {
    const [status, text] = CATALOGUE[code];
    super(text, options);
    this.code = code;
    this.status = status;
  }
}

export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('INTERNAL_ERROR', { cause: error });
}
