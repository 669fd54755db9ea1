import { stat } from 'node:fs/promises';
import type { Limiter } from '../../../lib/limiter.ts';
import { answerError, isMissing, type S3Requests } from './requests.ts';
import { elementsOf, textOf } from './xml.ts';

const MIB = 1024 * 1024;
/** Files up to this size go in one request; larger ones in parts of it, or of more where they would be too many. */
export const PART_BYTES = 8 * MIB;
const MAX_PARTS = 10_000;
/** Of one file. */
const PARTS_AT_ONCE = 4;
const TYPE = { 'content-type': 'application/octet-stream' };

interface Upload {
  readonly key: string;
  readonly id: string;
}

/**
 * Stores a file under a key. Its bytes go from the file to the network, so memory does not depend on its size.
 * No check whether the key is taken: keys are random ids that are used once, and not every store has such a check.
 * @throws StoreError. The object or parts of it may be there then (`abortUploads`).
 */
export async function putFile(
  requests: S3Requests,
  bodies: Limiter,
  key: string,
  path: string,
): Promise<void> {
  const { size } = await stat(path);
  if (size > PART_BYTES) {
    await putParts(requests, bodies, key, path, size);
  } else {
    await bodies.run(() =>
      requests.send({ method: 'PUT', key, headers: TYPE, body: Bun.file(path).slice(0, size) }),
    );
  }
}

/** Ends every unfinished upload to keys that begin with `prefix` and that began before `before`. @returns how many. */
export async function abortUploads(
  requests: S3Requests,
  prefix: string,
  before = new Date(8.64e15),
): Promise<number> {
  let aborted = 0;
  let marker: Record<string, string> | undefined = {};
  while (marker) {
    const { text } = await requests.send({ method: 'GET', query: { uploads: '', prefix, ...marker } });
    for (const upload of elementsOf(text, 'Upload')) {
      const key = textOf(upload, 'Key');
      const id = textOf(upload, 'UploadId');
      if (!key || !id || new Date(textOf(upload, 'Initiated') ?? Number.NaN) >= before) continue;
      await abortUpload(requests, { key, id });
      aborted++;
    }
    marker = nextMarker(text);
  }
  return aborted;
}

async function putParts(
  requests: S3Requests,
  bodies: Limiter,
  key: string,
  path: string,
  size: number,
): Promise<void> {
  const created = await requests.send({ method: 'POST', key, query: { uploads: '' }, headers: TYPE });
  const id = textOf(created.text, 'UploadId');
  if (!id) throw answerError({ method: 'POST', key }, 200, created.text);
  const upload = { key, id };
  const etags = await sendParts(requests, bodies, upload, path, size);
  await complete(requests, upload, etags, size);
  // An answer that was lost on the way has left an upload that nobody knows.
  if (created.attempts > 1) await abortUploads(requests, key);
}

async function sendParts(
  requests: S3Requests,
  bodies: Limiter,
  { key, id }: Upload,
  path: string,
  size: number,
): Promise<string[]> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS / MIB) * MIB);
  const etags = Array.from({ length: Math.ceil(size / partBytes) }, () => '');
  const file = Bun.file(path);
  const stop = new AbortController();
  let next = 0;
  const work = async () => {
    while (next < etags.length && !stop.signal.aborted) {
      const index = next++;
      const body = file.slice(index * partBytes, Math.min(size, (index + 1) * partBytes));
      const query = { partNumber: String(index + 1), uploadId: id };
      const { headers } = await bodies.run(() =>
        requests.send({ method: 'PUT', key, query, headers: TYPE, body, signal: stop.signal }),
      );
      etags[index] = headers.get('etag') ?? '';
    }
  };
  const failures: unknown[] = [];
  const workers = Array.from({ length: PARTS_AT_ONCE }, () =>
    work().catch((error: unknown) => {
      failures.push(error);
      stop.abort();
    }),
  );
  // A part that is still on its way when the upload is aborted would stay.
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return etags;
}

async function complete(
  requests: S3Requests,
  { key, id }: Upload,
  etags: readonly string[],
  size: number,
): Promise<void> {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const request = {
    method: 'POST',
    key,
    query: { uploadId: id },
    headers: { 'content-type': 'application/xml' },
    body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
  } as const;
  try {
    const { text } = await requests.send(request);
    // The status is sent before the store is done, so that it can be 200 for a failure.
    if (!text.includes('CompleteMultipartUploadResult')) throw answerError(request, 500, text);
  } catch (error) {
    // The first of two attempts may have done it with its answer lost.
    if (!isMissing(error) || (await sizeOf(requests, key)) !== size) throw error;
  }
}

/** Bytes of the object, or undefined when there is none. */
export async function sizeOf(requests: S3Requests, key: string): Promise<number | undefined> {
  try {
    const { headers } = await requests.send({ method: 'HEAD', key });
    return Number(headers.get('content-length'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function abortUpload(requests: S3Requests, { key, id }: Upload): Promise<void> {
  try {
    await requests.send({ method: 'DELETE', key, query: { uploadId: id } });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function nextMarker(text: string): Record<string, string> | undefined {
  if (textOf(text, 'IsTruncated') !== 'true') return undefined;
  return {
    'key-marker': textOf(text, 'NextKeyMarker') ?? '',
    'upload-id-marker': textOf(text, 'NextUploadIdMarker') ?? '',
  };
}
