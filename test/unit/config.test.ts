import { describe, expect, test } from 'bun:test';
import { ConfigError, parseConfig } from '../../src/config.ts';

test('needs nothing', () => {
  const config = parseConfig({});
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    publicUrl: undefined,
    databaseUrl: undefined,
  });
  expect(config.limits.fileBytes).toBe(5 * 1024 ** 3);
  expect(config.session).toMatchObject({ cookieName: 'stockroom_session', ttlSeconds: 3600, secure: false });
  expect(config.storage).toEqual({ kind: 'file', directory: `${config.dataDir}/files` });
});

test('a variable that is set to nothing counts as not set', () => {
  expect(parseConfig({ PORT: '', DATABASE_URL: '' }).port).toBe(4000);
});

describe('a store by STORAGE_URL', () => {
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };

  test('is a directory or a bucket with a prefix', () => {
    expect(parseConfig({ STORAGE_URL: 'file:///srv/files' }).storage).toEqual({
      kind: 'file',
      directory: '/srv/files',
    });
    const STORAGE_URL = 's3://Bucket-1/a/b?endpoint=http://127.0.0.1:7480/&region=default';
    expect(parseConfig({ STORAGE_URL, ...keys }).storage).toEqual({
      kind: 's3',
      bucket: {
        name: 'Bucket-1',
        endpoint: 'http://127.0.0.1:7480',
        region: 'default',
        accessKeyId: 'id',
        secretAccessKey: 'secret',
      },
      prefix: 'a/b/',
    });
  });

  test('is at Amazon where no endpoint is given', () => {
    const { storage } = parseConfig({ STORAGE_URL: 's3://bucket?region=eu-central-1', ...keys });
    expect(storage).toMatchObject({
      prefix: '',
      bucket: { endpoint: 'https://s3.eu-central-1.amazonaws.com' },
    });
  });
});

test('over https the cookie is bound to its host', () => {
  const { session } = parseConfig({ PUBLIC_URL: 'https://stock.example.com/' });
  expect(session).toMatchObject({ cookieName: '__Host-stockroom_session', secure: true });
});

describe('a wrong value is told in one line that names the variable, its value and what it may hold', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: '70000' }, /^PORT=70000: must be a port, a whole number from 0 to 65535$/],
    [{ PORT: '4000x' }, /^PORT=4000x: /],
    [{ PUBLIC_URL: 'stock.example.com' }, /^PUBLIC_URL=stock.example.com: must be an address such as https/],
    [{ DATABASE_URL: 'mysql://u:secret@h/d' }, /^DATABASE_URL=mysql:\/\/\(hidden\)@h\/d: must be an address/],
    [{ STORAGE_URL: '/srv/files' }, /^STORAGE_URL=\/srv\/files: must be file:/],
    [{ STORAGE_URL: 's3://bucket/../x' }, /^STORAGE_URL=\S+: must be file:.+ or s3:/],
    [{ STORAGE_URL: 's3://id:secret@bucket/x' }, /^STORAGE_URL=s3:\/\/\(hidden\)@bucket\/x: must be file:/],
    [
      { STORAGE_URL: 's3://bucket?endpoint=http://id:secret@h' },
      /^STORAGE_URL=s3:\/\/bucket\?endpoint=http:\/\/\(hidden\)@h: needs an endpoint such as .+ a password$/,
    ],
    [
      { STORAGE_URL: 's3://bucket?endpoint=http%3A%2F%2Fid:secret%40h' },
      /^STORAGE_URL=s3:\/\/\(hidden\)@h: needs an endpoint/,
    ],
    [{ STORAGE_URL: 's3://bucket?endpoint=h:1' }, /^STORAGE_URL=\S+: needs an endpoint such as/],
    [{ STORAGE_URL: 's3://bucket?endpoint=http://h/path' }, /^STORAGE_URL=\S+: needs an endpoint such as/],
    [{ STORAGE_URL: 's3://bucket?acl=x' }, /^STORAGE_URL=\S+: knows endpoint and region, not "acl"$/],
    [{ STORAGE_URL: 's3://bucket' }, /^S3_ACCESS_KEY_ID=\(not set\): is needed for STORAGE_URL=s3:/],
    [
      { STORAGE_URL: 's3://bucket', S3_ACCESS_KEY_ID: 'id' },
      /^S3_SECRET_ACCESS_KEY=\(not set\): is needed for STORAGE_URL=s3:/,
    ],
    [{ S3_REDIRECT_BYTES: '1048576' }, /^S3_REDIRECT_BYTES=1048576: needs STORAGE_URL=s3:/],
    [{ S3_REDIRECT_BYTES: '5' }, /^S3_REDIRECT_BYTES=5: must be bytes, a whole number from 1048576 to /],
    [{ SESSION_SAME_SITE: 'maybe' }, /^SESSION_SAME_SITE=maybe: must be one of lax, strict, none$/],
    [{ SESSION_SAME_SITE: 'none' }, /^SESSION_SAME_SITE=none: needs PUBLIC_URL to be an https address$/],
    [
      { MAX_FILE_BYTES: '10', MAX_REQUEST_BYTES: '5' },
      /^MAX_FILE_BYTES=10: must not be more than MAX_REQUEST_BYTES/,
    ],
    [{ TIME_ZONE: 'Mars/Olympus' }, /^TIME_ZONE=Mars\/Olympus: must be an IANA time zone/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL=loud: must be one of debug, info, warn, error, silent$/],
    [{ ADMIN_PASSWORD: 'short' }, /^ADMIN_PASSWORD=\(hidden\): must have at least 8 characters$/],
    [{ SESSION_COOKIE_NAME: 'a b' }, /^SESSION_COOKIE_NAME=a b: must be 1 to 64 letters/],
  ];
  test.each(cases)('%p', (env, message) => {
    expect(() => parseConfig(env)).toThrow(ConfigError);
    expect(() => parseConfig(env)).toThrow(message);
  });
});
