/** Told how many bytes of a request's body have left, and of how many. */
export type UploadProgress = (sent: number, total: number) => void;

/** What a request may carry beside what `fetch` knows; give it as `context.fetchOptions`. */
export interface SendOptions extends RequestInit {
  readonly onUploadProgress?: UploadProgress;
}

/** As `fetch`; by XMLHttpRequest where progress is asked for, which `fetch` does not tell of a body that leaves. */
export function send(input: RequestInfo | URL, init: SendOptions = {}): Promise<Response> {
  const { onUploadProgress, ...plain } = init;
  return onUploadProgress ? sendWatched(String(input), plain, onUploadProgress) : fetch(input, plain);
}

/** @throws TypeError where the connection fails, DOMException `AbortError` on abort, as `fetch` does. */
function sendWatched(url: string, init: RequestInit, onProgress: UploadProgress): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open(init.method ?? 'POST', url);
    request.withCredentials = init.credentials === 'include';
    new Headers(init.headers).forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    request.onload = () => {
      const headers = new Headers();
      for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
      resolve(
        new Response(request.responseText, {
          status: request.status,
          statusText: request.statusText,
          headers,
        }),
      );
    };
    request.onerror = () => reject(new TypeError('the connection was lost'));
    request.onabort = () => reject(new DOMException('the request was cancelled', 'AbortError'));
    request.onloadend = () => init.signal?.removeEventListener('abort', abort);
    if (init.signal?.aborted) return reject(new DOMException('the request was cancelled', 'AbortError'));
    init.signal?.addEventListener('abort', abort);
    request.send(init.body as XMLHttpRequestBodyInit | null);
  });
}
