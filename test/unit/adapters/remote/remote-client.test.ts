import { describe, expect, test } from 'bun:test';
import { RemoteClient, RemoteError } from '../../../../src/adapters/remote/remote-client.ts';

/** Fetches under a policy that allows no more than the default does. @returns why it failed. */
async function reasonOf(url: string): Promise<string> {
  const client = new RemoteClient({ maxBytes: 1000, timeoutMs: 5000, allowCidrs: [], allowPorts: [] });
  try {
    const response = await client.fetch({ url });
    response.close();
    return `status ${response.status}`;
  } catch (error) {
    return error instanceof RemoteError ? error.reason : String(error);
  } finally {
    await client.close();
  }
}

describe('an address that may not be fetched', () => {
  test.each([
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:image/png;base64,AA=='],
    ['another protocol', 'ftp://192.0.2.1/a.png'],
    ['credentials', 'http://user:secret@example.com/'],
    ['a user name', 'https://user@example.com/'],
    ['no address', 'http://'],
    ['a relative one', '/a.png'],
    ['a long one', `https://example.com/${'a'.repeat(10_000)}`],
    ['one that is long when written out', `https://example.com/${'é'.repeat(5000)}`],
    ['another port', 'https://8.8.8.8:8443/'],
    ['loopback', 'http://127.0.0.1/'],
    ['loopback by name', 'http://localhost/'],
    ['loopback in IPv6', 'http://[::1]/'],
  ])('is refused: %s', async (_what, url) => {
    expect(await reasonOf(url)).toBe('refused');
  });
});
