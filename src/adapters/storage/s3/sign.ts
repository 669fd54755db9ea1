/** A bucket and who may use it. */
export interface S3Bucket {
  /** Origin of the service, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of an object; without it the request is for the bucket. */
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** The payload is not part of the signature: it is streamed from disk, and would have to be read twice. */
const PAYLOAD = 'UNSIGNED-PAYLOAD';

/** URL and headers of a request with AWS Signature Version 4 in its headers. */
export function signRequest(
  bucket: S3Bucket,
  request: SignedRequest,
  now = new Date(),
): { url: string; headers: Record<string, string> } {
  const { host, path } = address(bucket, request.key);
  const query = canonicalQuery(request.query ?? {});
  const date = timestamp(now);
  const headers = { host, 'x-amz-content-sha256': PAYLOAD, 'x-amz-date': date };
  const signature = sign(bucket, date, canonicalRequest(request.method, path, query, headers));
  const authorization = `${ALGORITHM} Credential=${bucket.accessKeyId}/${scope(bucket, date)}, SignedHeaders=${Object.keys(headers).join(';')}, Signature=${signature}`;
  const { host: _, ...sent } = headers;
  return { url: `${bucket.endpoint}${path}${query && `?${query}`}`, headers: { ...sent, authorization } };
}

/** A URL that carries its signature, so that whoever has it can send the request until it expires. */
export function presignUrl(
  bucket: S3Bucket,
  request: SignedRequest,
  expiresInSeconds: number,
  now = new Date(),
): string {
  const { host, path } = address(bucket, request.key);
  const date = timestamp(now);
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${bucket.accessKeyId}/${scope(bucket, date)}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expiresInSeconds),
    'X-Amz-SignedHeaders': 'host',
  });
  const signature = sign(bucket, date, canonicalRequest(request.method, path, query, { host }));
  return `${bucket.endpoint}${path}?${query}&X-Amz-Signature=${signature}`;
}

/** The bucket goes into the path, which every service understands whatever its host names are. */
function address(bucket: S3Bucket, key: string | undefined): { host: string; path: string } {
  const segments = [bucket.name, ...(key === undefined ? [] : key.split('/'))];
  return { host: new URL(bucket.endpoint).host, path: `/${segments.map(encode).join('/')}` };
}

function canonicalRequest(
  method: string,
  path: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  return [method, path, query, lines.join(''), Object.keys(headers).join(';'), PAYLOAD].join('\n');
}

function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function sign(bucket: S3Bucket, date: string, canonical: string): string {
  const digest = new Bun.CryptoHasher('sha256').update(canonical).digest('hex');
  let key: string | Buffer = `AWS4${bucket.secretAccessKey}`;
  for (const part of scope(bucket, date).split('/')) key = hmac(key, part);
  return hmac(key, [ALGORITHM, date, scope(bucket, date), digest].join('\n')).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return new Bun.CryptoHasher('sha256', key).update(text).digest();
}

function scope(bucket: S3Bucket, date: string): string {
  return `${date.slice(0, 8)}/${bucket.region}/s3/aws4_request`;
}

/** Such as 20130524T000000Z. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Everything but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
