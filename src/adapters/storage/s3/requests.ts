import { StoreError, type StoreFault } from '../store-error.ts';
import { type S3Bucket, type SignedRequest, signRequest } from './sign.ts';
import { textOf } from './xml.ts';

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 150;
/** So many bytes of a body may take as long as a request without one: 64 KB a second, of many at once. */
const BYTES_PER_TIMEOUT = 1_280_000;
/** Of an error's body this much is read. */
const ERROR_CHARACTERS = 2000;

export interface S3Request extends SignedRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | string;
  readonly signal?: AbortSignal;
}

export interface S3Answer {
  readonly headers: Headers;
  readonly text: string;
  /** How often it was sent: more than once may have done its work more than once. */
  readonly attempts: number;
}

/**
 * Signed requests to one bucket, over `fetch`: Bun's own S3 client cannot be given a deadline, cannot list or end
 * unfinished uploads, and holds in memory what the network has not taken.
 */
export class S3Requests {
  readonly #bucket: S3Bucket;
  /** Time for a request without a body, ms. */
  readonly timeoutMs: number;

  constructor(bucket: S3Bucket, timeoutMs: number) {
    this.#bucket = bucket;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Sends and reads the answer; what may pass is tried again.
   * @throws StoreError, also for every status that is not 2xx.
   */
  async send(request: S3Request): Promise<S3Answer> {
    const bytes = request.body instanceof Blob ? request.body.size : 0;
    for (let attempt = 1; ; attempt++) {
      const deadline = startDeadline(this.timeoutMs * (1 + bytes / BYTES_PER_TIMEOUT));
      try {
        const signal = request.signal ? AbortSignal.any([deadline.signal, request.signal]) : deadline.signal;
        const response = await this.#fetch(request, signal);
        const text = await response.text().catch((error: unknown) => {
          throw networkError(request, error);
        });
        return { headers: response.headers, text, attempts: attempt };
      } catch (error) {
        if (request.signal?.aborted || !(await pauseFor(error, attempt))) throw error;
      } finally {
        deadline.end();
      }
    }
  }

  /** The answer as soon as its headers are there; its body ends with an error when `signal` is aborted. */
  async open(request: S3Request & { readonly signal: AbortSignal }): Promise<Response> {
    return await this.#fetch(request, request.signal);
  }

  async #fetch(request: S3Request, signal: AbortSignal): Promise<Response> {
    const { url, headers } = signRequest(this.#bucket, request);
    let response: Response;
    try {
      response = await fetch(url, {
        method: request.method,
        headers: { ...request.headers, ...headers, 'accept-encoding': 'identity' },
        redirect: 'manual',
        signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
    } catch (error) {
      throw networkError(request, error);
    }
    if (response.ok) return response;
    const text = await response.text().catch(() => '');
    throw answerError(request, response.status, text.slice(0, ERROR_CHARACTERS));
  }
}

/** A signal that is aborted after `ms`, unless `end` is called before. */
function startDeadline(ms: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('no answer in time', 'TimeoutError')), ms);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}

/** Waits before the next attempt. @returns false when there should be none. */
export async function pauseFor(error: unknown, attempt: number): Promise<boolean> {
  if (attempt >= ATTEMPTS || !(error instanceof StoreError)) return false;
  // Who has waited for a whole timeout shall not wait for another.
  if (error.fault !== 'unavailable' || error.code === 'TimeoutError') return false;
  await Bun.sleep(FIRST_PAUSE_MS * 4 ** (attempt - 1) * (0.5 + Math.random()));
  return true;
}

/** What `fetch` throws, without the address, which is long and the operator's own. */
export function networkError(request: SignedRequest, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const name = error instanceof Error ? error.name : String(error);
  const shown = name === 'TimeoutError' ? 'no answer in time' : (code ?? name);
  return new StoreError('unavailable', name === 'TimeoutError' ? name : shown, `${told(request)}: ${shown}`);
}

/** An error answer, which also a successful status can hold (CompleteMultipartUpload). */
export function answerError(request: SignedRequest, status: number, text: string): StoreError {
  const code = textOf(text, 'Code') ?? (status === 404 ? 'NotFound' : String(status));
  const message = textOf(text, 'Message');
  return new StoreError(
    faultOf(status, code),
    code,
    `${told(request)}: ${status} ${code}${message ? `: ${message}` : ''}`,
  );
}

export function isMissing(error: unknown): boolean {
  return error instanceof StoreError && ['NotFound', 'NoSuchKey', 'NoSuchUpload'].includes(error.code);
}

const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded']);
const PASSING = new Set(['SlowDown', 'RequestTimeout', 'InternalError', 'ServiceUnavailable']);

function faultOf(status: number, code: string): StoreFault {
  if (status === 507 || FULL.has(code)) return 'full';
  if (status >= 500 || status === 429 || PASSING.has(code)) return 'unavailable';
  return 'refused';
}

function told({ method, key, query }: SignedRequest): string {
  const operation = Object.keys(query ?? {})
    .filter((name) => ['uploads', 'uploadId', 'list-type'].includes(name))
    .join();
  return `${method} ${key ?? 'the bucket'}${operation && ` (${operation})`}`;
}
